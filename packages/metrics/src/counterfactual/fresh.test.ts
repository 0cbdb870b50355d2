import { type MetricInput, type RandomStream, stream } from "@ifnormal/core"
import "@ifnormal/backend-ort"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, expect, test } from "vitest"
import { PostHocConceptAccuracy, Substitutability } from "../index.js"

beforeAll(() => tf.setBackend("ort"))

const [SIDE, N] = [12, 80]
type Paint = (image: Float32Array, random: RandomStream) => void

/** Noise with something painted on it, 12 x 12 x 1. */
function noisy(seed: string, paint: Paint): Float32Array[] {
  return Array.from({ length: N }, (_, i) => {
    const random = stream(1, "fresh.test", seed, i)
    const image = Float32Array.from({ length: SIDE * SIDE }, () => Math.round(200 * random.uniform()) / 255)
    paint(image, random)
    return image
  })
}

function batch(images: readonly Float32Array[]): tf.Tensor4D {
  const data = new Float32Array(images.length * SIDE * SIDE)
  for (const [i, image] of images.entries()) data.set(image, i * SIDE * SIDE)
  return tf.tensor4d(data, [images.length, SIDE, SIDE, 1])
}

/** Counterfactuals of each concept, all of the same originals. */
function explained(originals: readonly Float32Array[], concepts: readonly Float32Array[][]): MetricInput {
  const n = N * concepts.length
  return {
    role: "counterfactual",
    images: batch(concepts.flat()),
    originals: batch(concepts.flatMap(() => originals)),
    scores: new Float64Array(n),
    phi: new Float64Array(n),
    alpha: new Float64Array(n),
    concept: Int32Array.from({ length: n }, (_, row) => Math.floor(row / N)),
    index: Int32Array.from({ length: n }, (_, row) => row % N),
  }
}
const normalImages = (images: readonly Float32Array[]): MetricInput => ({
  role: "normal",
  images: batch(images),
  scores: new Float64Array(N),
})
const free = (inputs: readonly MetricInput[]) => {
  for (const input of inputs) {
    input.images.dispose()
    if (input.role === "counterfactual") input.originals.dispose()
  }
}

/** The first or last four pixels, raised. */
const mark = (images: readonly Float32Array[], at: "first" | "last", height: number) =>
  images.map((image) => {
    const marked = image.slice()
    const from = at === "first" ? 0 : image.length - 4
    for (let i = from; i < from + 4; i++) marked[i]! += height
    return marked
  })

async function accuracy(height: number) {
  const originals = noisy("original", () => {})
  const input = explained(originals, [mark(originals, "first", height), mark(originals, "last", height)])
  const metric = new PostHocConceptAccuracy({ alpha: 0 }, { epochs: 15 })
  await metric.update(input)
  const result = await metric.compute()
  free([input])
  return result
}

test("post-hoc concept accuracy: seen marks are told apart on images that were not trained on, the same way twice", async () => {
  const before = tf.memory().numTensors
  const found = await accuracy(0.2)
  expect(found.value).toBeGreaterThan(0.95)
  expect(found).toMatchObject({ n: 40, counts: { original: 20, "training original": 60 }, seed: 1 })
  expect(await accuracy(0.2)).toEqual(found)
  expect(tf.memory().numTensors).toBe(before)
})

test("post-hoc concept accuracy: marks below half a gray level are chance", async () => {
  // Bytes of both concepts are the same, so one answer is given to both.
  expect((await accuracy(0.4 / 255)).value).toBe(0.5)
})

const stripe: Paint = (image) => image.fill(0.9, 0, SIDE)
const disc: Paint = (image) => {
  for (let y = 4; y < 8; y++) image.fill(0.9, y * SIDE + 4, y * SIDE + 8)
}

async function substituted(counterfactuals: readonly Float32Array[]) {
  const inputs = [
    normalImages(noisy("normal", stripe)),
    explained(noisy("anomaly", disc), [[...counterfactuals]]),
  ]
  const metric = new Substitutability({ epochs: 15 })
  for (const input of inputs) await metric.update(input)
  const result = await metric.compute()
  free(inputs)
  return result
}

test("substitutability: counterfactuals that look normal teach as much, copies of the anomalies teach nothing", async () => {
  const good = await substituted(noisy("counterfactual", stripe))
  expect(good.value).toBeGreaterThan(0.95)
  expect(good).toMatchObject({ n: 40, counts: { normal: 20, anomaly: 20, "training counterfactual": 60 } })
  const copies = await substituted(noisy("anomaly", disc))
  expect(copies.value).toBeLessThan(0.8)
  expect(copies.interval![1]).toBeLessThan(good.value)
})

test("what a fresh classifier cannot be trained on is skipped with the reason", async () => {
  const originals = noisy("original", () => {})
  const one = explained(originals, [originals])
  const metric = new PostHocConceptAccuracy()
  await metric.update(one)
  expect(await metric.compute()).toMatchObject({ n: 0, skipped: "There is one concept only." })
  const few = new Substitutability()
  await few.update(one)
  expect((await few.compute()).skipped).toMatch(/^There are 0 normal images and 80 explained anomalies/)
  const { index: _, ...unnumbered } = one as Extract<MetricInput, { role: "counterfactual" }>
  for (const other of [new PostHocConceptAccuracy(), new Substitutability()]) {
    await other.update(unnumbered)
    expect((await other.compute()).skipped).toMatch(/\(index\)/)
  }
  free([one])
})
