import "@tensorflow/tfjs-backend-cpu"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, expect, test } from "vitest"
import { type Attribute, encodeModel } from "../index.js"
import { importModel, unsupportedOperators } from "./index.js"

beforeAll(() => tf.setBackend("cpu"))

const one = (op: string, attributes: Record<string, Attribute>, opset = 18) =>
  encodeModel({
    nodes: [{ op, inputs: ["x"], outputs: ["y"], attributes }],
    inputs: [{ name: "x", type: "float32", dims: [1, 2] }],
    outputs: [{ name: "y", type: "float32", dims: [1, 2] }],
    initializers: [],
    opsets: { "": opset },
  })

test.each<[string, Uint8Array, string[]]>([
  [
    "an unknown attribute",
    one("Add", { broadcast: 1, axis: 0 }, 6),
    ["Add: attribute axis=0 is not supported", "Add: attribute broadcast=1 is not supported"],
  ],
  [
    "an unknown mode",
    one("Pad", { mode: "mirror", pads: [0, 0, 0, 0] }),
    ['Pad: attribute mode="mirror" is not supported'],
  ],
  ["a name of Object", one("Relu", { constructor: 1 }), ["Relu: attribute constructor=1 is not supported"]],
  ["dropout that trains by default", one("Dropout", {}, 6), ["Dropout (opset 6)"]],
  ["what is known", one("LeakyRelu", { alpha: { float: 0.2 } }), []],
])("%s is listed before anything runs", (_, bytes, expected) => {
  expect(unsupportedOperators(bytes)).toEqual(expected)
  if (expected.length > 0)
    expect(() => importModel(bytes)).toThrow(
      expect.objectContaining({ code: "onnx-unsupported", operators: expected }),
    )
})

test("an attribute of another type is refused, not replaced by the default", () => {
  const model = importModel(one("LeakyRelu", { alpha: 1 }))
  const x = tf.ones([1, 2])
  expect(() => model.run({ x })).toThrow(
    expect.objectContaining({
      code: "onnx-model",
      message: expect.stringMatching(/alpha of LeakyRelu is 1, expected a number/),
    }),
  )
  tf.dispose(x)
  model.dispose()
})
