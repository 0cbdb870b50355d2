import "@tensorflow/tfjs-backend-cpu"
import { stream, type TrainingData, type TrainingState, uniforms } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, describe, expect, it } from "vitest"
import { BceDetector, bceOptions, detectors, sigmoidCrossEntropy } from "./index.js"

const shape = [8, 8, 1] as const
/** Normal images are dark, outliers bright. */
const data: TrainingData = {
  shape,
  length: 10,
  outliers: 10,
  async *batches({ size, seed, start = 0 }) {
    for (let step = start; ; step++) {
      const pixels = uniforms(stream(seed, "data", step), size * 64)
      for (let i = 0; i < pixels.length / 2; i++) pixels[i]! *= 0.4
      const x = tf.tensor4d(pixels, [size, 8, 8, 1])
      const outlier = tf.tensor1d(Array.from({ length: size }, (_, i) => (i < size / 2 ? 0 : 1)))
      try {
        yield { x, outlier }
      } finally {
        tf.dispose([x, outlier])
      }
    }
  },
}
const weights = (detector: BceDetector): Record<string, number[]> =>
  Object.fromEntries(Object.entries(detector.variables).map(([name, v]) => [name, [...v.dataSync()]]))

beforeAll(() => tf.setBackend("cpu"))

describe("BceDetector", () => {
  it("learns, scores in [0, 1], and scores each image by itself", async () => {
    const detector = new BceDetector(shape, 1, { width: 2 })
    const losses: number[] = []
    await detector.fit(data, {
      steps: 40,
      batchSize: 8,
      learningRate: 1e-2,
      seed: 1,
      onStep: ({ bce }) => void losses.push(bce!),
    })
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2)
    for await (const { x } of data.batches({ size: 8, seed: 2, outliers: true })) {
      const all = detector.score(x)
      const phi = [...all.dataSync()]
      expect(Math.max(...phi.slice(0, 4))).toBeLessThan(Math.min(...phi.slice(4)))
      for (const p of phi) expect(p >= 0 && p <= 1).toBe(true)
      const one = detector.score(x.slice([3], [1])).dataSync()[0]
      expect(one).toBeCloseTo(phi[3]!, 6)
      const gradient = tf.grad((x: tf.Tensor) => detector.score(x as tf.Tensor4D).sum())(x)
      expect(gradient.abs().sum().dataSync()[0]).toBeGreaterThan(0)
      break
    }
  })

  it("is the same for the same seed, and goes on byte-identically", async () => {
    const options = { steps: 4, batchSize: 4, learningRate: 1e-3, seed: 1 }
    const states: TrainingState[] = []
    const whole = new BceDetector(shape, 1, { width: 1 })
    await whole.fit(data, { ...options, saveEvery: 2, saveState: async (state) => void states.push(state) })
    const resumed = new BceDetector(shape, 1, { width: 1 })
    await resumed.fit(data, { ...options, resume: states[0]! })
    expect(weights(resumed)).toEqual(weights(whole))
    expect(weights(new BceDetector(shape, 2, { width: 1 }))).not.toEqual(
      weights(new BceDetector(shape, 1, { width: 1 })),
    )
  })

  it("has eoe's CNN28 on 28 x 28", () => {
    const { variables } = new BceDetector([28, 28, 3], 1)
    const shapes = Object.fromEntries(Object.entries(variables).map(([name, v]) => [name, v.shape]))
    expect(shapes).toMatchObject({
      "conv1/weight": [5, 5, 3, 16],
      "conv2/weight": [5, 5, 16, 32],
      "fc1/weight": [32 * 49, 64],
      "fc2/weight": [64, 1],
      "norm1/running_mean": [16],
    })
  })

  it("refuses images whose size is no multiple of 4", () => {
    expect(() => new BceDetector([30, 28, 1], 1)).toThrow(expect.objectContaining({ code: "detector-shape" }))
  })

  it("is in the plugin, with strict options", async () => {
    const entry = detectors.detectors!.bce!
    const options = entry.options.parse({ width: 1 })
    expect(await entry.create(options, { inputShape: shape, seed: 1 })).toBeInstanceOf(BceDetector)
    expect(bceOptions.safeParse({ widht: 1 }).success).toBe(false)
  })

  it("cross-entropy is finite far out and is PyTorch's", () => {
    // torch: F.binary_cross_entropy_with_logits(tensor([0., 2., -3.]), tensor([0., 1., 1.]))
    const loss = sigmoidCrossEntropy(tf.tensor1d([0, 2, -3]), tf.tensor1d([0, 1, 1]))
    expect(loss.dataSync()[0]).toBeCloseTo(
      (Math.log(2) + Math.log1p(Math.exp(-2)) + 3 + Math.log1p(Math.exp(-3))) / 3,
      5,
    )
    const far = sigmoidCrossEntropy(tf.tensor1d([500, -500]), tf.tensor1d([0, 1]))
    expect(far.dataSync()[0]).toBeCloseTo(500, 3)
  })
})
