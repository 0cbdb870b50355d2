import "@tensorflow/tfjs-backend-cpu"
import * as tf from "@tensorflow/tfjs-core"
import { expect, test } from "vitest"
import { ramp, thrown } from "../../test/fakes.js"
import type { TrainingData } from "../contract/training.js"
import { imageBatches, toTensor, trainingData } from "./batches.js"

async function take(data: TrainingData, start: number, count: number, seed = 1, size = 4) {
  const batches: { x: number[]; outlier: number[] }[] = []
  for await (const { x, outlier } of data.batches({ size, seed, outliers: true, start })) {
    batches.push({ x: [...x.dataSync()], outlier: [...outlier.dataSync()] })
    if (batches.length === count) break
  }
  return batches
}

test("batch i depends on seed and i only", async () => {
  const data = trainingData(ramp(200), ramp(50))
  const all = await take(data, 0, 6)
  expect(await take(data, 3, 3)).toEqual(all.slice(3))
  expect(await take(data, 0, 1, 2)).not.toEqual(all.slice(0, 1))
  expect(all[0]).not.toEqual(all[1])
})

test("the first half of a batch is normal, the second is outlier exposure", async () => {
  const outliers = {
    ...ramp(9),
    read: async (rows: readonly number[]) => new Uint8Array(rows.length * 2).fill(255),
  }
  const [batch] = await take(trainingData(ramp(100), outliers), 0, 1, 1, 5)
  expect(batch?.outlier).toEqual([0, 0, 0, 1, 1])
  expect(batch?.x.slice(6)).toEqual([1, 1, 1, 1])
  expect(Math.max(...batch!.x.slice(0, 6))).toBeLessThan(1)
})

test("without outliers, or when they are not asked for, all images are normal", async () => {
  for (const data of [trainingData(ramp(10)), trainingData(ramp(10), ramp(5))])
    for await (const { outlier } of data.batches({ size: 4, seed: 1, outliers: data.outliers === 0 })) {
      expect([...outlier.dataSync()]).toEqual([0, 0, 0, 0])
      break
    }
})

test("leaving the loop, by break or by an error, frees the last batch", async () => {
  const before = tf.memory().numTensors
  const data = trainingData(ramp(10), ramp(10))
  await take(data, 0, 3)
  await expect(
    (async () => {
      for await (const _ of data.batches({ size: 4, seed: 1, outliers: true })) throw new Error("stop")
    })(),
  ).rejects.toThrow("stop")
  expect(tf.memory().numTensors).toBe(before)
})

test("batches in order cover a source once, the last one shorter", async () => {
  const before = tf.memory().numTensors
  const sizes: number[] = []
  const values: number[] = []
  for await (const x of imageBatches(ramp(7), 3)) {
    sizes.push(x.shape[0])
    values.push(...(x.dataSync() as Float32Array))
  }
  expect(sizes).toEqual([3, 3, 1])
  expect(values.map((value) => Math.round(value * 255))).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6])
  expect(tf.memory().numTensors).toBe(before)
})

test("bytes become values in [0, 1]", () => {
  const x = toTensor(Uint8Array.of(0, 255, 51, 102), 2, [1, 2, 1])
  expect(x.shape).toEqual([2, 1, 2, 1])
  expect([...x.dataSync()]).toEqual([0, 1, Math.fround(0.2), Math.fround(0.4)])
  x.dispose()
})

test("too few bytes, empty sources, other shapes and bad sizes are refused", async () => {
  expect(await thrown(() => toTensor(new Uint8Array(3), 2, [1, 2, 1]))).toMatchObject({
    name: "ShapeError",
    message: "2 images of [1, 2, 1] need 4 bytes, found 3.",
  })
  expect(await thrown(() => trainingData(ramp(0)))).toMatchObject({ code: "data-empty" })
  expect(await thrown(() => trainingData(ramp(3), ramp(0)))).toMatchObject({ code: "data-empty" })
  const other = { ...ramp(3), shape: [2, 2, 3] as const }
  const error = await thrown(() => trainingData(ramp(3), other))
  expect(error).toMatchObject({ code: "shape-source" })
  expect(error.message).toContain("[2, 2, 3]")
  expect(error.message).toContain("[1, 2, 1]")
  const data = trainingData(ramp(3))
  expect(await thrown(() => data.batches({ size: 0, seed: 1, outliers: false }))).toMatchObject({
    name: "ConfigError",
  })
  expect(await thrown(() => data.batches({ size: 2, seed: 1, outliers: false, start: -1 }))).toMatchObject({
    name: "ConfigError",
  })
})
