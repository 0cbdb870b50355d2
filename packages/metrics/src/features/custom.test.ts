import { readFileSync } from "node:fs"
import { sessionRunner } from "@ifnormal/backend-ort"
import { sha256 } from "@ifnormal/core"
import { encodeModel, type Model } from "@ifnormal/onnx"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, expect, test } from "vitest"
import { featuresOfAll } from "./extractor.js"
import { functionExtractor } from "./function.js"
import { loadInception } from "./inception-file.js"
import { onnxExtractor } from "./onnx.js"
import { onnxState, stateHash } from "./state.js"

/** The mean of each channel: three features whose values are known. */
function meanModel(
  dims: Model["inputs"][number]["dims"],
  axes: readonly number[],
  type = "float32" as const,
) {
  return encodeModel({
    nodes: [{ op: "ReduceMean", inputs: ["image"], outputs: ["mean"], attributes: { axes, keepdims: 1 } }],
    inputs: [{ name: "image", type, dims }],
    outputs: [{ name: "mean", type, dims: [dims[0]!, "", "", ""] }],
    initializers: [],
    opsets: { "": 13 },
    irVersion: 8,
  })
}
const channelsFirst = meanModel(["batch", 3, "", ""], [2, 3])
const fixture = (path: string) => readFileSync(new URL(`../../../../${path}`, import.meta.url))
const color = (shape: [number, number, number], rgb: readonly number[]) => ({
  shape,
  bytes: Uint8Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, i) => rgb[i % shape[2]]!),
  length: 1,
})
const images = [color([5, 9, 3], [51, 102, 204]), color([1, 1, 3], [255, 0, 51]), color([3, 3, 1], [102])]
const close = (found: Float32Array, expected: readonly number[]) => {
  expect(found).toHaveLength(expected.length)
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 5)
}

beforeAll(() => tf.setBackend("ort"))

test("an ONNX network sees resized, standardized images in its own layout", async () => {
  const hash = sha256(channelsFirst).slice(0, 12)
  const plain = await onnxExtractor(channelsFirst, sessionRunner(), { size: [4, 6], batch: 2 })
  close(await featuresOfAll(plain, images), [0.2, 0.4, 0.8, 1, 0, 0.2, 0.4, 0.4, 0.4])
  expect([plain.recipe, plain.dimensions]).toEqual([`custom:${hash}`, 3])
  plain.dispose()
  const options = { size: [4, 6], mean: [0.2, 0, 0], std: [0.5, 1, 2], bgr: true } as const
  const standard = await onnxExtractor(channelsFirst, sessionRunner(), options)
  close(await standard.features(images[0]!), [0.4, 0.4, 0])
  expect(standard.recipe).toBe(`custom:${hash} (mean 0.2,0,0, std 0.5,1,2) (bgr)`)
  expect(standard.id).not.toBe(plain.id)
  standard.dispose()
  const last = await onnxExtractor(meanModel([2, 4, 4, 3], [1, 2]), sessionRunner(), {
    resize: "torch-bilinear",
  })
  close(await featuresOfAll(last, images), [0.2, 0.4, 0.8, 1, 0, 0.2, 0.4, 0.4, 0.4])
  last.dispose()
})

test("an ONNX network may stand for Inception and says so", async () => {
  const network = meanModel(["batch", 3, 299, 299], [2, 3])
  const extractor = await onnxExtractor(network, sessionRunner(), { recipe: "torch-fidelity" })
  close(await extractor.features(color([8, 8, 3], [0, 128, 255])), [-1, 0, 127 / 128])
  expect(extractor.recipe).toBe(`torch-fidelity/custom:${sha256(network).slice(0, 12)}`)
  extractor.dispose()
})

test("an ONNX network from 299x299 images to 2048 numbers is Inception in a file", async () => {
  const weights = Float32Array.from({ length: 3 * 2048 }, (_, i) => i % 7)
  const network = encodeModel({
    nodes: [
      { op: "ReduceMean", inputs: ["image"], outputs: ["mean"], attributes: { axes: [2, 3], keepdims: 0 } },
      { op: "MatMul", inputs: ["mean", "w"], outputs: ["features"] },
    ],
    inputs: [{ name: "image", type: "float32", dims: ["batch", 3, 299, 299] }],
    outputs: [{ name: "features", type: "float32", dims: ["batch", 2048] }],
    initializers: [{ name: "w", type: "float32", dims: [3, 2048], raw: new Uint8Array(weights.buffer) }],
    opsets: { "": 13 },
    irVersion: 8,
  })
  const extractor = await loadInception(network, { recipe: "pytorch-fid", sessions: sessionRunner() })
  expect(extractor.recipe).toBe(`pytorch-fid/custom:${sha256(network).slice(0, 12)}`)
  const found = await extractor.features(color([8, 8, 3], [255, 0, 255]))
  for (let i = 0; i < 2048; i += 97)
    expect(found[i]).toBeCloseTo(weights[i]! - weights[2048 + i]! + weights[4096 + i]!, 3)
  extractor.dispose()
  await expect(loadInception(network)).rejects.toMatchObject({ code: "weights-network" })
  await expect(loadInception(network, { dimensions: 64, sessions: sessionRunner() })).rejects.toMatchObject({
    code: "weights-network",
  })
})

test("of a real network the output is chosen by name", async () => {
  const detector = fixture("fixtures/hazelnut-detector/autoencoder.onnx")
  const ask = (output?: string) =>
    onnxExtractor(detector, sessionRunner(), output === undefined ? {} : { output })
  await expect(ask()).rejects.toMatchObject({ code: "extractor-output" })
  await expect(ask("features")).rejects.toMatchObject({ code: "extractor-output" })
  await expect(ask("score")).rejects.toMatchObject({ code: "extractor-output" })
  const maps = await ask("anomaly_map")
  expect(maps.dimensions).toBe(128 * 128)
  maps.dispose()
})

test("networks that take no images are refused", async () => {
  const load = (model: Uint8Array, options = {}) => onnxExtractor(model, sessionRunner(), options)
  await expect(load(channelsFirst)).rejects.toMatchObject({ code: "extractor-size" })
  await expect(load(meanModel(["n", 3, 8, 8], [2, 3]), { size: [9, 9] })).rejects.toMatchObject({
    code: "extractor-size",
  })
  await expect(load(meanModel(["n", 4, 8, 8], [2, 3]))).rejects.toMatchObject({ code: "extractor-input" })
  await expect(load(new Uint8Array(8))).rejects.toMatchObject({ code: "session-model" })
})

test("a function of one's own gives features, named by what it is called", async () => {
  const mean = (x: tf.Tensor4D) => tf.mean(x, [1, 2]) as tf.Tensor2D
  const extractor = functionExtractor(mean, { name: "mean color v1", size: [4, 4], dimensions: 3 })
  close(await featuresOfAll(extractor, images), [0.2, 0.4, 0.8, 1, 0, 0.2, 0.4, 0.4, 0.4])
  const other = functionExtractor(mean, { name: "mean color v2", size: [4, 4], dimensions: 3 })
  expect(other.recipe).not.toBe(extractor.recipe)
  expect(extractor.recipe).toMatch(/^custom:[0-9a-f]{12}$/)
})

test("weights of an ONNX file come under its names", () => {
  const state = onnxState(fixture("packages/onnx/test/fixtures/exports/resnet-t13.onnx"))
  expect([...state.keys()].length).toBeGreaterThan(3)
  expect(stateHash(state)).toBe(stateHash(new Map([...state].reverse())))
  const [name, tensor] = [...state][0]!
  const changed = new Map(state).set(name, {
    ...tensor,
    data: (tensor.data as Float32Array).map((x) => x + 1),
  } as never)
  expect(stateHash(changed)).not.toBe(stateHash(state))
  expect(() => onnxState(channelsFirst)).toThrow(expect.objectContaining({ code: "weights-names" }))
})
