import type { CounterfactualGenerator, Detector } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import "@tensorflow/tfjs-backend-cpu"
import { beforeAll, expect, test } from "vitest"
import { disposeOriginals, originalInput, originalsOf, withCounterfactuals } from "./inputs.js"

beforeAll(() => tf.setBackend("cpu"))

const meanOf = (x: tf.Tensor4D) => tf.mean(x, [1, 2, 3]) as tf.Tensor1D
const detector = (shift: number) =>
  ({
    inputShape: [2, 2, 3],
    rawScoreBatch: async (x: tf.Tensor4D) => tf.tidy(() => tf.add(meanOf(x), shift) as tf.Tensor1D),
    bound: (raw: tf.Tensor1D) => tf.clipByValue(raw, 0, 1) as tf.Tensor1D,
    anomalyMap: async (x: tf.Tensor4D) => tf.tidy(() => tf.mean(x, 3, true) as tf.Tensor4D),
  }) as unknown as Detector
const generator = {
  concepts: 2,
  conceptLogits: (x: tf.Tensor4D) => tf.zeros([x.shape[0], 2]),
} as unknown as CounterfactualGenerator

test("metrics see everything that detector, second detector and masks give, and nothing stays behind", async () => {
  const images = tf.fill([2, 2, 2, 3], 0.75) as tf.Tensor4D
  const made = tf.fill([2, 2, 2, 3], 0.25) as tf.Tensor4D
  const before = tf.memory().numTensors
  const masks = { read: async () => tf.ones([2, 2, 2]) as tf.Tensor3D }
  const source = { model: { detector: detector(0), generator }, second: detector(0.5), masks }
  const originals = await originalsOf("normal", images, [3, 5], 10, source)
  expect(originalInput(originals)).toMatchObject({ role: "normal", phi: Float64Array.of(0.75, 0.75) })
  let seen = 0
  const counterfactuals = { images: made, alpha: Float64Array.of(0, 0.5), concept: 1 }
  await withCounterfactuals(originals, counterfactuals, source, async (input) => {
    seen++
    expect(input).toMatchObject({
      index: Int32Array.of(13, 15),
      originalPhi: Float64Array.of(0.75, 0.75),
      phi: Float64Array.of(0.25, 0.25),
      secondPhi: Float64Array.of(0.75, 0.75),
      concept: Int32Array.of(1, 1),
    })
    expect(input.maps!.shape).toEqual([2, 2, 2])
    expect((await input.originalMaps!.data())[0]).toBe(0.75)
    expect((await input.maps!.data())[0]).toBe(0.25)
    expect([input.masks!.shape, input.conceptLogits!.shape]).toEqual([
      [2, 2, 2],
      [2, 2],
    ])
  })
  expect(seen).toBe(1)
  disposeOriginals(originals)
  expect(tf.memory().numTensors).toBe(before)
})

test("a detector that gives NaN is an error, not a number", async () => {
  const images = tf.fill([1, 2, 2, 3], Number.NaN) as tf.Tensor4D
  const source = { model: { detector: detector(0), generator } }
  await expect(originalsOf("anomaly", images, [0], 1, source)).rejects.toMatchObject({ code: "data-score" })
})
