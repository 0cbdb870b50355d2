import { readFileSync } from "node:fs"
import { setOptions } from "@ifnormal/backend-ort"
import { encodeModel } from "@ifnormal/onnx"
import * as tf from "@tensorflow/tfjs-core"
import "@tensorflow/tfjs-backend-cpu"
import { beforeAll, expect, test } from "vitest"
import { formulaImage, formulaState } from "../../../../tools/reference/formula.mjs"
import type { FeatureMatrix } from "../fid/feature-matrix.js"
import { frechetDistance } from "../fid/frechet.js"
import { type ByteImages, featuresOfAll } from "./extractor.js"
import { type InceptionOptions, inceptionExtractor } from "./inception.js"
import { loadInception } from "./inception-file.js"
import { type InceptionRecipe, inceptionRecipes } from "./recipes.js"

interface Summary {
  readonly kept: readonly (readonly number[])[]
  readonly mean: readonly number[]
  readonly norm: readonly number[]
}
type Shape = [number, number, number]
interface Golden {
  readonly convolutions: readonly [string, number, number, number, number][]
  readonly sets: Readonly<Record<string, readonly Shape[]>>
  /** Number and shape of the images of the sets for `fid64`. */
  readonly small: Readonly<Record<string, readonly [n: number, ...shape: Shape]>>
  readonly recipes: Readonly<
    Record<
      InceptionRecipe,
      {
        readonly features: Record<string, Summary>
        readonly layers?: Record<string, Summary>
        readonly fid?: number
        readonly fid64?: number
      }
    >
  >
}
const golden = JSON.parse(
  readFileSync(new URL("__golden__/inception.json", import.meta.url), "utf8"),
) as Golden
const state = formulaState(golden.convolutions)

const imagesOf = (set: string): ByteImages[] =>
  golden.sets[set]!.map((shape, i) => ({
    shape,
    bytes: formulaImage(`inception ${set} ${i}`, shape),
    length: 1,
  }))

/** Largest difference relative to the feature vector's size: the root mean square of its numbers. */
function relativeError(found: Float32Array, dimensions: number, { kept, mean, norm }: Summary): number {
  const errors = kept.flatMap((values, row) => {
    const features = found.subarray(row * dimensions, (row + 1) * dimensions)
    const stride = Math.max(1, Math.floor(dimensions / 32))
    const size = norm[row]! / Math.sqrt(dimensions)
    const sum = features.reduce((total, value) => total + value, 0)
    const length = Math.hypot(...features)
    return [
      ...values.map((value, i) => Math.abs(value - features[i * stride]!) / size),
      Math.abs(sum / dimensions - mean[row]!) / mean[row]!,
      Math.abs(length - norm[row]!) / norm[row]!,
    ]
  })
  return Math.max(...errors)
}

const create = (options: InceptionOptions = {}) =>
  inceptionExtractor(state, { weightsHash: "formula", ...options })

beforeAll(async () => {
  setOptions({ threads: 2 })
  await tf.setBackend("ort")
})

const matrix = (data: Float32Array, dimensions: number): FeatureMatrix => ({
  data,
  length: data.length / dimensions,
  dimensions,
})

test.each(inceptionRecipes)("%s: features and FID of images of six sizes are its own", async (recipe) => {
  const extractor = create({ recipe, batch: 4 })
  const { features, fid } = golden.recipes[recipe]
  const found: FeatureMatrix[] = []
  for (const [set, summary] of Object.entries(features)) {
    const data = await featuresOfAll(extractor, imagesOf(set))
    // The bar is 1e-4; measured 1.3e-6.
    expect(relativeError(data, 2048, summary)).toBeLessThanOrEqual(1e-5)
    found.push(matrix(data, 2048))
  }
  extractor.dispose()
  if (fid === undefined) return
  const distance = await frechetDistance(found[0]!, found[1]!)
  expect(Math.abs(distance - fid) / fid).toBeLessThanOrEqual(1e-3)
})

test("pytorch-fid: FID of 80 and 80 images by 64 features is its own", async () => {
  const extractor = create({ recipe: "pytorch-fid", dimensions: 64 })
  const found: FeatureMatrix[] = []
  for (const [set, [n, ...shape]] of Object.entries(golden.small)) {
    const images = Array.from({ length: n }, (_, i) => ({
      shape,
      bytes: formulaImage(`inception ${set} ${i}`, shape),
      length: 1,
    }))
    const data = await featuresOfAll(extractor, images)
    found.push(matrix(data, 64))
  }
  extractor.dispose()
  const { fid64 } = golden.recipes["pytorch-fid"]
  const distance = await frechetDistance(found[0]!, found[1]!)
  expect(Math.abs(distance - fid64!) / fid64!).toBeLessThanOrEqual(1e-3)
})

test.each([64, 192, 768] as const)("%s features are those of torch-fidelity's layer", async (dimensions) => {
  const extractor = create({ dimensions })
  const found = await extractor.features(imagesOf("normal")[0]!)
  expect(
    relativeError(found, dimensions, golden.recipes["torch-fidelity"].layers![dimensions]!),
  ).toBeLessThanOrEqual(1e-5)
  expect(extractor.recipe).toBe(`torch-fidelity, ${dimensions} features`)
  extractor.dispose()
})

test("weights come from a PyTorch-named ONNX file, and what is not published is named", async () => {
  const file = encodeModel({
    nodes: [],
    inputs: [],
    outputs: [],
    initializers: [...state].map(([name, { shape, data }]) => ({
      name,
      type: "float32",
      dims: shape,
      raw: new Uint8Array(data.buffer),
    })),
    opsets: { "": 13 },
    irVersion: 8,
  })
  const extractor = await loadInception(file, { dimensions: 64 })
  const found = await extractor.features(imagesOf("normal")[0]!)
  expect(relativeError(found, 64, golden.recipes["torch-fidelity"].layers![64]!)).toBeLessThanOrEqual(1e-5)
  expect(extractor.recipe).toMatch(/^torch-fidelity, 64 features, weights custom:[0-9a-f]{12}$/)
  extractor.dispose()
  const detector = readFileSync(
    new URL("../../../../fixtures/hazelnut-detector/autoencoder.onnx", import.meta.url),
  )
  await expect(loadInception(detector)).rejects.toMatchObject({ code: "weights-network" })
  await expect(loadInception(new Uint8Array([7, 7, 7]))).rejects.toMatchObject({ code: "weights-file" })
  await expect(loadInception(new Uint8Array([0x80, 2, 3]))).rejects.toMatchObject({ name: "CheckpointError" })
})

test("without an engine, on tfjs-backend-cpu, the first features are the same", async () => {
  await tf.setBackend("cpu")
  const extractor = create({ dimensions: 64 })
  const found = await extractor.features(imagesOf("normal")[0]!)
  expect(relativeError(found, 64, golden.recipes["torch-fidelity"].layers![64]!)).toBeLessThanOrEqual(1e-5)
  extractor.dispose()
  await tf.setBackend("ort")
})

test("batches of any size give the same features, gray is repeated, and no tensor stays", async () => {
  const before = tf.memory().numTensors
  const gray = formulaImage("gray", [9, 7, 1])
  const rgb = Uint8Array.from({ length: 63 * 3 }, (_, i) => gray[Math.floor(i / 3)]!)
  const one = create({ dimensions: 64, batch: 1 })
  const three = create({ dimensions: 64, batch: 3 })
  const many: ByteImages = {
    shape: [9, 7, 3],
    bytes: Uint8Array.from([...rgb, ...rgb, ...rgb, ...rgb, ...rgb]),
    length: 5,
  }
  const alone = await one.features({ shape: [9, 7, 1], bytes: gray, length: 1 })
  const together = await three.features(many)
  expect(together).toHaveLength(5 * 64)
  for (let row = 0; row < 5; row++) expect(together.subarray(row * 64, (row + 1) * 64)).toEqual(alone)
  one.dispose()
  three.dispose()
  expect(tf.memory().numTensors).toBe(before)
})

test("images and weights that do not fit are refused", async () => {
  const extractor = create({ dimensions: 64 })
  const set = (shape: Shape, bytes: number, length: number) => ({
    shape,
    bytes: new Uint8Array(bytes),
    length,
  })
  for (const images of [
    set([4, 4, 4], 64, 1),
    set([4, 4, 3], 0, 0),
    set([4, 4, 3], 47, 1),
    set([0, 4, 3], 0, 1),
  ])
    await expect(extractor.features(images)).rejects.toMatchObject({ code: "metric-images" })
  extractor.dispose()
  const before = tf.memory().numTensors
  const broken = new Map(state)
  broken.delete("Mixed_7c.branch_pool.bn.bias")
  expect(() => inceptionExtractor(broken, { weightsHash: "" })).toThrow(
    expect.objectContaining({ code: "weights-tensor" }),
  )
  expect(tf.memory().numTensors).toBe(before)
  const nan = new Map(state)
  const name = "Conv2d_2b_3x3.bn.bias"
  nan.set(name, { dtype: "float32", shape: [64], data: new Float32Array(64).fill(Number.NaN) })
  const poisoned = inceptionExtractor(nan, { dimensions: 64, weightsHash: "" })
  await expect(poisoned.features(imagesOf("normal")[0]!)).rejects.toMatchObject({ code: "metric-features" })
  poisoned.dispose()
})
