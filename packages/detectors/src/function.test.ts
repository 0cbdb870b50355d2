import "@tensorflow/tfjs-backend-cpu"
import { definePlugin, detector, scoreImages, type TrainingData } from "@ifnormal/core"
import { detectorChecks, mockTrainingData } from "@ifnormal/testkit"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, describe, expect, test } from "vitest"
import { z } from "zod"
import { functionDetector } from "./index.js"

beforeAll(() => tf.setBackend("cpu"))

const shape = [4, 4, 1] as const
/** Mean pixel of each image, as a remote scorer answers: later. */
const mean = async (images: Float32Array, n: number): Promise<number[]> => {
  const size = images.length / n
  return Array.from(
    { length: n },
    (_, i) => images.slice(i * size, (i + 1) * size).reduce((a, b) => a + b, 0) / size,
  )
}
const options = { steps: 10, batchSize: 16, learningRate: 1, seed: 1 }
const phi = async (made: ReturnType<typeof functionDetector>, x: tf.Tensor4D) => [
  ...(await scoreImages(x, made)).phi,
]

describe("a function keeps every promise of the contract", () => {
  const plugin = definePlugin({
    name: "p",
    version: "1.0.0",
    contract: 1,
    detectors: {
      mean: detector({
        options: z.strictObject({}),
        create: (_, { inputShape }) => functionDetector({ inputShape, score: mean }),
      }),
    },
  })
  for (const { name, run } of detectorChecks(plugin, "mean", { inputShape: shape, calls: 20 }))
    test(name, run)
})

test("scores go through the bound that was declared", async () => {
  const x = tf.tensor4d([...new Array(16).fill(0.2), ...new Array(16).fill(0.6)], [2, 4, 4, 1])
  const unit = functionDetector({ inputShape: shape, score: mean, bound: "unit" })
  expect(await phi(unit, x)).toEqual([expect.closeTo(0.2, 6), expect.closeTo(0.6, 6)])
  const sigmoid = functionDetector({ inputShape: shape, score: mean, bound: { threshold: 0.2, scale: 0.1 } })
  expect(await phi(sigmoid, x)).toEqual([expect.closeTo(0.5, 6), expect.closeTo(1 / (1 + Math.exp(-4)), 6)])
  await sigmoid.fit(mockTrainingData(shape), options)
  expect(await phi(sigmoid, x)).toEqual([expect.closeTo(0.5, 6), expect.closeTo(1 / (1 + Math.exp(-4)), 6)])
  tf.dispose([x, unit.variables, sigmoid.variables])
})

test("fit calibrates: the median normal image scores 0.05, the 95 % quantile 0.25, and far scores keep a gradient", async () => {
  const made = functionDetector({ inputShape: shape, score: mean })
  const steps: number[] = []
  await made.fit(mockTrainingData(shape), { ...options, onStep: (_, step) => void steps.push(step) })
  expect(steps.length).toBeGreaterThan(0)
  const seen: number[] = []
  const size = 16
  let batches = 0
  for await (const { x } of mockTrainingData(shape).batches({ size, seed: 1, outliers: false })) {
    const raw = await made.rawScoreBatch(x)
    const bounded = made.bound(raw)
    seen.push(...(await bounded.data()))
    tf.dispose([raw, bounded])
    if (++batches === steps.length) break
  }
  seen.sort((a, b) => a - b)
  const at = (share: number) => seen[Math.round(share * (seen.length - 1))]!
  expect(at(0.5)).toBeCloseTo(0.05, 1)
  expect(at(0.95)).toBeGreaterThan(0.2)
  expect(at(0.95)).toBeLessThan(0.3)
  const far = tf.tensor1d([1e3])
  const slope = tf.grad((raw: tf.Tensor) => made.bound(raw as tf.Tensor1D))(far)
  expect(made.bound(far).dataSync()[0]).toBeLessThan(1)
  expect(slope.dataSync()[0]).toBeGreaterThan(0)
  made.dispose()
})

test("one normal image is enough, and a constant score does not divide by zero", async () => {
  const made = functionDetector({ inputShape: shape, score: (_, n) => new Array(n).fill(7) })
  await made.fit({ ...mockTrainingData(shape), length: 1 } as TrainingData, options)
  const raw = tf.tensor1d([7, 7.1])
  const [same, above] = made.bound(raw).dataSync()
  expect(same).toBeCloseTo(0.05, 3)
  expect(above).toBeGreaterThan(0.9)
  made.dispose()
})

test("a wrong number of scores, NaN, a call for gradients and a wrong bound are refused", async () => {
  const x = tf.zeros<tf.Rank.R4>([2, 4, 4, 1])
  const short = functionDetector({ inputShape: shape, score: () => [1] })
  await expect(short.rawScoreBatch(x)).rejects.toMatchObject({
    code: "data-score",
    message: "The function gave 1 scores, expected 2 finite numbers.",
  })
  const nan = functionDetector({ inputShape: shape, score: () => [1, Number.NaN] })
  await expect(nan.rawScoreBatch(x)).rejects.toMatchObject({
    message: expect.stringContaining("NaN for image 1"),
  })
  expect(() => short.score(x)).toThrow(expect.objectContaining({ code: "detector-scores-only" }))
  expect(() =>
    functionDetector({ inputShape: shape, score: mean, bound: { threshold: 0, scale: 0 } }),
  ).toThrow(expect.objectContaining({ code: "config-invalid" }))
  x.dispose()
})

test("fit stops when asked", async () => {
  const made = functionDetector({ inputShape: shape, score: mean })
  const fit = made.fit(mockTrainingData(shape), { ...options, signal: AbortSignal.abort() })
  await expect(fit).rejects.toMatchObject({ code: "stopped" })
  made.dispose()
})
