// Explaining and scoring on the compiling engine: whatever numbers of images come, few graphs are compiled and nothing is
// kept.
import { resetStats, setOptions, stats } from "@ifnormal/backend-ort"
import { explain, scoreImages, stream, uniforms } from "@ifnormal/core"
import { BceDetector } from "@ifnormal/detectors"
import { GanGenerator } from "@ifnormal/generators"
import * as tf from "@tensorflow/tfjs-core"
import { afterAll, beforeAll, expect, test } from "vitest"

const MOST = 64
// 1, 2, 4, ..., 64.
const BUCKETS = 7
const SHAPE: [number, number, number] = [8, 8, 3]

let detector: BceDetector
let generator: GanGenerator
beforeAll(async () => {
  setOptions({ threads: 1 })
  await tf.setBackend("ort")
  detector = new BceDetector(SHAPE, 1, { width: 2 })
  generator = new GanGenerator(detector, 2, { width: 2 })
})
afterAll(() => {
  generator.dispose()
  detector.dispose()
})

const images = (n: number) =>
  tf.tensor4d(uniforms(stream(1, "images"), n * SHAPE[0] * SHAPE[1] * SHAPE[2]), [n, ...SHAPE])
const sessions = () => (tf.backend() as unknown as { sessionCount: number }).sessionCount

/** Calls `use` with every number of images from 1 to 64. Returns the graphs compiled. */
async function compiledBy(use: (x: tf.Tensor4D) => Promise<unknown>): Promise<number> {
  resetStats()
  for (let n = 1; n <= MOST; n++) {
    const x = images(n)
    await use(x)
    x.dispose()
  }
  return stats().compiles
}

test("scoring 1 to 64 images compiles seven graphs", async () => {
  expect(await compiledBy((x) => scoreImages(x, detector))).toBe(BUCKETS)
})

test("explaining 1 to 64 images compiles seven graphs more and at most seven blurs, whatever alpha is", async () => {
  const model = { detector, generator }
  let calls = 0
  const compiles = await compiledBy((x) => explain(x, model, { alpha: (calls++ % 5) / 5 }))
  // The test for fragility blurs as many images as are valid, in buckets too.
  expect(compiles).toBeGreaterThanOrEqual(BUCKETS)
  expect(compiles).toBeLessThanOrEqual(2 * BUCKETS)
  // Every size was seen: from here on nothing is compiled, and 200 calls leave nothing behind.
  const before = [tf.memory().numTensors, sessions()]
  expect(await compiledBy((x) => explain(x, model))).toBe(0)
  for (let i = 0; i < 136; i++) {
    const x = images(1 + (i % 3))
    await explain(x, model, { alpha: 1 })
    x.dispose()
  }
  expect(stats().compiles).toBe(0)
  expect([tf.memory().numTensors, sessions()]).toEqual(before)
})

test("an image's counterfactual is the same alone and in a padded batch", async () => {
  const five = images(5)
  const together = await explain(five, { detector, generator })
  for (const [i, expected] of together.entries()) {
    const x = tf.slice(five, [i, 0, 0, 0], [1, -1, -1, -1])
    const [alone] = await explain(x, { detector, generator })
    x.dispose()
    expect(alone?.score).toBeCloseTo(expected.score, 6)
    for (const [k, { image, score }] of expected.counterfactuals.entries()) {
      const other = alone?.counterfactuals[k]
      expect(other?.score).toBeCloseTo(score, 6)
      const distances = image.data.map((value, p) => Math.abs(value - other!.image.data[p]!))
      expect(Math.max(...distances)).toBeLessThan(1e-6)
    }
  }
  five.dispose()
})
