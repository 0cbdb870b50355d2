import { expect, test } from "vitest"
import { decodeModel, encodeModel, type Model } from "./index.js"

const model: Model = {
  nodes: [
    {
      op: "Conv",
      domain: "",
      inputs: ["x", "w", ""],
      outputs: ["y"],
      attributes: {
        pads: [-1, 0, 1, 300],
        auto_pad: "NOTSET",
        group: 1,
        alpha: { float: 0.25 },
        s: { floats: [1, 2] },
      },
    },
  ],
  inputs: [{ name: "x", type: "float32", dims: ["batch", 3, 28, 28] }],
  outputs: [{ name: "y", type: "float32", dims: [] }],
  initializers: [
    { name: "w", type: "int64", dims: [2], raw: new Uint8Array(BigInt64Array.of(-5n, 7n).buffer) },
  ],
  opsets: { "": 18, "com.microsoft": 1 },
  irVersion: 9,
  producer: "ifnormal",
  producerVersion: "0.1.0",
  name: "detector",
  metadata: { input_range: "0..1", größe: "28 × 28" },
}

test("a model survives encode and decode", () => {
  expect(decodeModel(encodeModel(model))).toEqual(model)
})

test("a truncated file is refused", () => {
  const bytes = encodeModel(model)
  expect(() => decodeModel(bytes.subarray(0, bytes.length - 3))).toThrow(/ends inside/)
})
