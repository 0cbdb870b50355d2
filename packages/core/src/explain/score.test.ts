import "@tensorflow/tfjs-backend-cpu"
import * as tf from "@tensorflow/tfjs-core"
import { expect, test } from "vitest"
import { MeanDetector, ramp, thrown } from "../../test/fakes.js"
import { scoreImages } from "./score.js"

test("a source and a tensor are scored in order, raw and bounded, without leaks", async () => {
  const detector = new MeanDetector([1, 2, 1], 255)
  const images = tf.tensor4d(
    Float32Array.from({ length: 14 }, (_, i) => Math.floor(i / 2) / 255),
    [7, 1, 2, 1],
  )
  const before = tf.memory().numTensors
  for (const input of [ramp(7), images]) {
    const { raw, phi } = await scoreImages(input, detector, 3)
    expect([...raw].map(Math.round)).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect([...phi].map(Math.round)).toEqual([0, 1, 1, 1, 1, 1, 1])
  }
  expect(tf.memory().numTensors).toBe(before)
  images.dispose()
  detector.dispose()
})

test("the asynchronous score is used", async () => {
  const detector = new MeanDetector([1, 2, 1])
  detector.rawScore = () => {
    throw new Error("not this one")
  }
  detector.rawScoreBatch = async (x) => tf.fill([x.shape[0]], 0.5) as tf.Tensor1D
  expect([...(await scoreImages(ramp(2), detector)).raw]).toEqual([0.5, 0.5])
  detector.dispose()
})

test("images of another shape and scores that are NaN are refused", async () => {
  const other = new MeanDetector([2, 2, 1])
  expect(await thrown(() => scoreImages(ramp(2), other))).toMatchObject({
    name: "ShapeError",
    message: "The detector expects images of [2, 2, 1], got [1, 2, 1].",
  })
  const nan = new MeanDetector([1, 2, 1], Number.NaN)
  const before = tf.memory().numTensors
  expect(await thrown(() => scoreImages(ramp(2), nan))).toMatchObject({
    name: "DataError",
    code: "data-score",
  })
  expect(tf.memory().numTensors).toBe(before)
  for (const detector of [other, nan]) detector.dispose()
})
