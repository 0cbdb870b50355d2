import "@tensorflow/tfjs-backend-cpu"
import * as tf from "@tensorflow/tfjs-core"
import { expect, test } from "vitest"
import { ramp, thrown } from "../../test/fakes.js"
import { defaultLimits, meanDistance } from "./limits.js"

test("limits are percentiles of the distances between normal images", async () => {
  // Images 0..99 of value i / 255: distances are |i - j| / 255.
  const { eps, epsPrime } = await defaultLimits(ramp(100))
  expect(epsPrime).toBeCloseTo(1 / 255)
  const distances = Array.from({ length: 100 }, (_, i) => Array.from({ length: i }, (_, j) => i - j)).flat()
  distances.sort((a, b) => a - b)
  expect(eps).toBeCloseTo(distances[Math.round(0.99 * (distances.length - 1))]! / 255)
})

test("a tensor and a source of the same images give the same limits; large sources are thinned evenly", async () => {
  const values = Float32Array.from({ length: 500 }, (_, i) => (Math.floor(i / 2) % 256) / 255)
  const images = tf.tensor4d(values, [250, 1, 2, 1])
  const before = tf.memory().numTensors
  expect(await defaultLimits(images)).toEqual(await defaultLimits(ramp(250)))
  expect(tf.memory().numTensors).toBe(before)
  images.dispose()
})

test("fewer than two images are refused", async () => {
  for (const n of [0, 1])
    expect(await thrown(() => defaultLimits(ramp(n)))).toMatchObject({
      name: "DataError",
      code: "data-empty",
    })
})

test("the distance is the mean over pixels and channels", () => {
  expect(meanDistance(Float32Array.of(0, 1), Float32Array.of(0.5, 1))).toBe(0.25)
})
