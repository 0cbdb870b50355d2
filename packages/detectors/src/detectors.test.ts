import "@tensorflow/tfjs-backend-cpu"
import { type Detector, stream, type TrainingData, uniforms } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, describe, expect, it } from "vitest"
import { calibratedScale, dsvddBound, NORMAL_SCORE } from "./dsvdd-rules.js"
import { BceDetector, DsvddDetector, FcddDetector, HscDetector } from "./index.js"

const shape = [8, 8, 1] as const
/** Normal images are dark, outliers bright. */
const data: TrainingData = {
  shape,
  length: 40,
  outliers: 10,
  async *batches({ size, seed, outliers, start = 0 }) {
    const normals = outliers ? size / 2 : size
    for (let step = start; ; step++) {
      const pixels = uniforms(stream(seed, "data", step), size * 64)
      for (let i = 0; i < normals * 64; i++) pixels[i]! *= 0.4
      const x = tf.tensor4d(pixels, [size, 8, 8, 1])
      const outlier = tf.tensor1d(Array.from({ length: size }, (_, i) => (i < normals ? 0 : 1)))
      try {
        yield { x, outlier }
      } finally {
        tf.dispose([x, outlier])
      }
    }
  },
}
const fit = { steps: 40, batchSize: 8, learningRate: 1e-2, seed: 1 }

async function scored(detector: Detector): Promise<{ normal: number[]; anomalies: number[] }> {
  for await (const { x } of data.batches({ size: 16, seed: 9, outliers: true })) {
    const phi = [...detector.score(x).dataSync()]
    return { normal: phi.slice(0, 8), anomalies: phi.slice(8) }
  }
  throw new Error("Batches are endless.")
}

beforeAll(() => tf.setBackend("cpu"))

describe.each<[string, () => Detector]>([
  ["hsc", () => new HscDetector(shape, 1, { width: 2, features: 4 })],
  ["dsvdd", () => new DsvddDetector(shape, 1, { width: 2, features: 4 })],
  ["fcdd", () => new FcddDetector(shape, 1, { width: 2 })],
  ["supervised", () => new BceDetector(shape, 1, { width: 2 }, "supervised")],
])("%s", (type, make) => {
  it("learns to tell bright images from dark ones, and has features", async () => {
    const detector = make()
    await detector.fit(data, fit)
    const { normal, anomalies } = await scored(detector)
    expect(Math.max(...normal)).toBeLessThan(Math.min(...anomalies))
    const x = tf.zeros<tf.Rank.R4>([3, ...shape])
    expect(detector.features!(x).shape[0]).toBe(3)
    expect(detector.features!(x).rank).toBe(2)
  })

  it("has finite gradients at constant images", async () => {
    const detector = make()
    for (const value of [0, 0.5, 1]) {
      const x = tf.fill([1, ...shape], value)
      const g = tf.grad((x: tf.Tensor) => detector.score(x as tf.Tensor4D).sum())(x)
      expect([...g.dataSync()].every(Number.isFinite)).toBe(true)
    }
  })

  it("says when training data has no outliers", async () => {
    const without = { ...data, outliers: 0 }
    const training = make().fit(without, { ...fit, steps: 1 })
    if (type === "dsvdd") await training
    else await expect(training).rejects.toMatchObject({ code: "training-outliers" })
  })
})

describe("dsvdd", () => {
  it("stores center and scale; normal images score low", async () => {
    const detector = new DsvddDetector(shape, 1, { width: 2, features: 4 })
    expect(Object.keys(detector.variables)).toEqual(expect.arrayContaining(["center", "scale"]))
    await detector.fit(data, fit)
    const center = [...detector.variables.center!.dataSync()]
    expect(center.every((value) => Math.abs(value) >= 0.1 - 1e-7)).toBe(true)
    const { normal } = await scored(detector)
    expect(Math.max(...normal)).toBeLessThan(2 * NORMAL_SCORE)
    expect(Object.entries(detector.variables).some(([name, v]) => name.endsWith("bias") && v.trainable)).toBe(
      false,
    )
  })

  it("goes on with the center it began with", async () => {
    const whole = new DsvddDetector(shape, 1, { width: 2, features: 4 })
    const states: Parameters<NonNullable<Parameters<typeof whole.fit>[1]["saveState"]>>[0][] = []
    const options = { ...fit, steps: 4, saveEvery: 2 }
    await whole.fit(data, { ...options, saveState: async (state) => void states.push(state) })
    const resumed = new DsvddDetector(shape, 1, { width: 2, features: 4 })
    await resumed.fit(data, { ...options, resume: states[0]! })
    for (const [name, variable] of Object.entries(whole.variables))
      expect([name, ...resumed.variables[name]!.dataSync()]).toEqual([name, ...variable.dataSync()])
  })

  it("bounds scores over nine decades without a tie, and without NaN beyond", () => {
    const grid = Array.from({ length: 105 }, (_, i) => 1e-6 * 1.22 ** i)
    const phi = [...dsvddBound(tf.tensor1d(grid), tf.scalar(1), "rational").dataSync()]
    expect(grid.at(-1)).toBeGreaterThan(900)
    for (let i = 1; i < phi.length; i++) expect(phi[i]).toBeGreaterThan(phi[i - 1]!)
    for (const kind of ["rational", "exponential"] as const)
      expect([...dsvddBound(tf.tensor1d([0, 3e38]), tf.scalar(1), kind).dataSync()]).toEqual([0, 1])
  })

  it.each(["rational", "exponential"] as const)("calibrates the %s bound on the 95th percentile", (kind) => {
    const squared = Array.from({ length: 1000 }, (_, i) => i / 100)
    const scale = calibratedScale(squared, kind)
    expect(dsvddBound(tf.tensor1d([9.5]), tf.scalar(scale), kind).dataSync()[0]).toBeCloseTo(NORMAL_SCORE, 5)
    expect(calibratedScale([0, 0], kind)).toBe(1e-6)
  })
})

describe("fcdd", () => {
  it("shows where an image is odd, on one scale for all images", async () => {
    const detector = new FcddDetector([28, 28, 1], 1, { width: 2 })
    const x = tf.tidy(() =>
      tf.pad(tf.ones<tf.Rank.R4>([1, 8, 8, 1]), [
        [0, 0],
        [0, 20],
        [0, 20],
        [0, 0],
      ]),
    )
    const both = tf.concat([x, tf.zeros<tf.Rank.R4>([1, 28, 28, 1])]) as tf.Tensor4D
    const map = await detector.anomalyMap(both)
    expect(map.shape).toEqual([2, 28, 28, 1])
    expect(map.min().dataSync()[0]).toBeGreaterThanOrEqual(0)
    const alone = await detector.anomalyMap(x)
    expect([...alone.dataSync()]).toEqual([...map.slice([0], [1]).dataSync()])
    // Beyond the receptive field of the square (8 + 16 px) both images have the same map.
    const corner = (i: number) => [...map.slice([i, 26, 26, 0], [1, 2, 2, 1]).dataSync()]
    expect(corner(0)).toEqual(corner(1))
    expect([...map.slice([0, 4, 4, 0], [1, 1, 1, 1]).dataSync()]).not.toEqual([
      ...map.slice([1, 4, 4, 0], [1, 1, 1, 1]).dataSync(),
    ])
  })
})

it("encoders refuse images that they do not take", () => {
  const refused = expect.objectContaining({ code: "detector-shape" })
  expect(() => new HscDetector([28, 28, 1], 1, { encoder: "cnn32" })).toThrow(refused)
  expect(() => new HscDetector([28, 28, 1], 1, { encoder: "resnet" })).toThrow(refused)
  expect(() => new FcddDetector([30, 28, 1], 1)).toThrow(refused)
  const { variables } = new HscDetector([64, 64, 3], 1, { encoder: "resnet", width: 2 })
  expect(variables["stage4/block1/shortcut/weight"]!.shape).toEqual([1, 1, 8, 16])
  expect(variables["fc2/weight"]!.shape).toEqual([16, 256])
})
