import "@tensorflow/tfjs-backend-cpu"
import "../../core/src/tfjs-setup.js"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, describe, expect, test } from "vitest"
import { importModel, unsupportedOperators } from "../src/import/index.js"
import { encodeModel, ImportError, type Initializer, type Model, type OnnxNode } from "../src/index.js"
import { modelBytes } from "./exports.js"

beforeAll(() => tf.setBackend("cpu"))

const ints = (name: string, numbers: readonly number[]): Initializer => ({
  name,
  type: "int64",
  dims: [numbers.length],
  raw: new Uint8Array(BigInt64Array.from(numbers, BigInt).buffer),
})
const model = (nodes: OnnxNode[], initializers: Initializer[] = []): Model => ({
  nodes,
  initializers,
  inputs: [{ name: "x", type: "float32", dims: [1, 1, 4, 4] }],
  outputs: [{ name: "y", type: "float32", dims: [] }],
  opsets: { "": 18 },
  irVersion: 8,
})
const node = (op: string, inputs: string[], outputs: string[], attributes = {}): OnnxNode => ({
  op,
  inputs,
  outputs,
  attributes,
})
/** A small model of many kinds of fields. */
const small = model(
  [
    node("Conv", ["x", "w"], ["c"], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
    node("LeakyRelu", ["c"], ["r"], { alpha: { float: 0.1 } }),
    node("Reshape", ["r", "s"], ["f"]),
    node("ReduceMean", ["f"], ["y"], { axes: [1], keepdims: 0 }),
  ],
  [{ name: "w", type: "float32", dims: [2, 1, 3, 3], raw: new Uint8Array(72).fill(62) }, ints("s", [1, -1])],
)
function run(bytes: Uint8Array): void {
  const made = importModel(bytes)
  try {
    tf.tidy(() => void made.run({ x: tf.ones([1, 1, 4, 4]) }, ["y"]))
  } finally {
    made.dispose()
  }
}
function refusal(bytes: Uint8Array): ImportError | undefined {
  try {
    run(bytes)
    return undefined
  } catch (error) {
    if (error instanceof ImportError) return error
    throw error
  }
}

test("the small model is sound", () => expect(refusal(encodeModel(small))).toBeUndefined())

describe("a hostile file is refused", () => {
  test.each<[string, Model, string, RegExp]>([
    [
      "a cycle",
      model([node("Relu", ["b"], ["a"]), node("Relu", ["a"], ["b"]), node("Relu", ["b"], ["y"])]),
      "onnx-model",
      /before it is computed/,
    ],
    ["a node that feeds itself", model([node("Relu", ["y"], ["y"])]), "onnx-model", /before it is computed/],
    [
      "a value given twice",
      model([node("Relu", ["x"], ["y"]), node("Relu", ["x"], ["y"])]),
      "onnx-model",
      /defined twice/,
    ],
    [
      "a shape of 10^12 elements",
      model([node("ConstantOfShape", ["s"], ["y"])], [ints("s", [1e6, 1e6])]),
      "onnx-limit",
      /1000000, 1000000/,
    ],
    [
      "a tile of 10^12 elements",
      model([node("Tile", ["x", "s"], ["y"])], [ints("s", [1, 1, 1e6, 1e5])]),
      "onnx-limit",
      /elements/,
    ],
    [
      "an expansion of 10^18 elements",
      model([node("Expand", ["x", "s"], ["y"])], [ints("s", [1e9, 1e9, 4, 4])]),
      "onnx-limit",
      /elements/,
    ],
    [
      "a range without end",
      model([node("Range", ["a", "b", "c"], ["y"])], [ints("a", [0]), ints("b", [2 ** 52]), ints("c", [1])]),
      "onnx-limit",
      /elements/,
    ],
    [
      "padding of 2^40",
      model(
        [node("Conv", ["x", "w"], ["y"], { pads: [2 ** 40, 0, 0, 0] })],
        small.initializers as Initializer[],
      ),
      "onnx-limit",
      /elements/,
    ],
    [
      "an enlargement by 10^9",
      model([node("Resize", ["x", "", "", "s"], ["y"])], [ints("s", [1, 1, 1e9, 4])]),
      "onnx-limit",
      /elements/,
    ],
    [
      "negative sizes",
      model([node("Reshape", ["x", "s"], ["y"])], [ints("s", [-3, 7])]),
      "onnx-run",
      /Reshape/,
    ],
    [
      "weights shorter than their shape",
      model(
        [node("Relu", ["x"], ["y"])],
        [{ name: "w", type: "float32", dims: [1e6, 1e6], raw: new Uint8Array(4) }],
      ),
      "onnx-model",
      /4 bytes/,
    ],
    [
      "a shape beyond 2^53",
      model(
        [node("Relu", ["x"], ["y"])],
        [{ name: "w", type: "float32", dims: [2 ** 40, 2 ** 40], raw: new Uint8Array(4) }],
      ),
      "onnx-model",
      /shape/,
    ],
    ["a missing input", model([node("Add", ["x"], ["y"])]), "onnx-model", /expected at least 2/],
    [
      "an operator of another domain",
      model([{ ...node("Exec", ["x"], ["y"]), domain: "com.example" }]),
      "onnx-unsupported",
      /com.example.Exec/,
    ],
  ])("%s", (_, hostile, code, message) => {
    const before = tf.memory().numTensors
    const error = refusal(encodeModel(hostile))
    expect({ code: error?.code, message: error?.message }).toEqual({
      code,
      message: expect.stringMatching(message),
    })
    expect(error?.next).not.toBe("")
    expect(tf.memory().numTensors).toBe(before)
  })
})

test("a real export that is cut anywhere is refused", () => {
  const bytes = modelBytes("anomalib-patchcore-d18")
  for (let end = 0; end < bytes.length; end += 997)
    expect(() => unsupportedOperators(bytes.subarray(0, end))).toThrow(ImportError)
})
