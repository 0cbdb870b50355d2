import "@tensorflow/tfjs-backend-cpu"
import "../tfjs-setup.js"
import * as tf from "@tensorflow/tfjs-core"
import { expect, test } from "vitest"
import { MeanDetector, thrown } from "../../test/fakes.js"
import { stream, uniforms } from "../random.js"
import { attribute, attributions, availableAttributions } from "./attribution.js"

const shape = [8, 6, 2] as const

/** Smooth and curved, with one bright spot that matters. */
class CurvedDetector extends MeanDetector {
  readonly weights = tf.keep(tf.tensor4d(uniforms(stream(1, "weights"), 96), [1, ...shape]))
  override rawScore(x: tf.Tensor4D): tf.Tensor1D {
    return tf.tidy(() => {
      const weighted = tf.sum(tf.mul(tf.square(x), this.weights), [1, 2, 3])
      return tf.tanh(tf.mul(weighted, 0.1)) as tf.Tensor1D
    })
  }
}
const images = (n: number) => tf.tensor4d(uniforms(stream(2, "images"), n * 96), [n, ...shape])
const sum = (map: Float32Array) => map.reduce((total, value) => total + value, 0)

test("integrated gradients add up to the score minus that of the baseline", async () => {
  const detector = new CurvedDetector(shape)
  const x = images(3)
  for (const baseline of [0, 0.3, "blur"] as const) {
    const { signed } = await attribute(x, detector, { kind: "integrated-gradients", steps: 128, baseline })
    const phi = [...(await detector.rawScore(x).data())]
    const { gaussianBlur } = await import("./blur.js")
    const start = baseline === "blur" ? gaussianBlur(x, 0.8) : (tf.fill(x.shape, baseline) as tf.Tensor4D)
    const from = [...(await detector.rawScore(start).data())]
    for (const [i, map] of signed.entries()) expect(sum(map)).toBeCloseTo(phi[i]! - from[i]!, 4)
  }
})

test("the gradient is that of the score", async () => {
  const detector = new CurvedDetector(shape)
  const x = images(2)
  const { maps, signed } = await attribute(x, detector, { kind: "gradient" })
  const expected = tf
    .grad((y: tf.Tensor) => detector.rawScore(y as tf.Tensor4D).sum())(x)
    .sum(3)
  const values = [...(await expected.data())]
  expect(values.length).toBe(96)
  values.forEach((value, i) => {
    expect(signed[Math.floor(i / 48)]![i % 48]).toBeCloseTo(value, 5)
    expect(maps[Math.floor(i / 48)]![i % 48]).toBeCloseTo(Math.abs(value), 5)
  })
})

test("occlusion finds the one pixel that matters, from scores alone", async () => {
  const detector = Object.assign(new MeanDetector(shape), {
    gradients: "none" as const,
    rawScore: () => {
      throw new Error("not this one")
    },
    rawScoreBatch: async (x: tf.Tensor4D) =>
      tf.tidy(() => tf.reshape(tf.slice(x, [0, 2, 3, 0], [-1, 1, 1, 1]), [-1]) as tf.Tensor1D),
  })
  const x = tf.ones([1, ...shape]) as tf.Tensor4D
  const { maps } = await attribute(x, detector, { kind: "occlusion", patch: 1, baseline: 0.25 })
  expect([...maps[0]!.entries()].filter(([, value]) => value !== 0)).toEqual([[2 * 6 + 3, 0.75]])
  const wide = await attribute(x, detector, { kind: "occlusion", patch: 2, stride: 1, baseline: 0 })
  // Of the four squares over the pixel all lower the score, of those over its neighbors two, and one.
  expect([1, 2, 3, 4].map((row) => wide.maps[0]![row * 6 + 3])).toEqual([0.5, 1, 0.5, 0])
  expect(wide.maps[0]![1 * 6 + 2]).toBe(0.25)
})

test("an anomaly map is the detector's own", async () => {
  const detector = Object.assign(new MeanDetector(shape), {
    anomalyMap: async (x: tf.Tensor4D) => tf.tidy(() => tf.sum(x, 3, true) as tf.Tensor4D),
  })
  const x = images(2)
  const { maps } = await attribute(x, detector, { kind: "anomaly-map" })
  const expected = await x.sum(3).data()
  expect([...maps[0]!, ...maps[1]!]).toEqual([...expected])
})

test("all maps of a kind share one scale, a quantile over all of their pixels", async () => {
  const detector = Object.assign(new MeanDetector([1, 2, 1]), {
    anomalyMap: async (x: tf.Tensor4D) => tf.clone(x),
  })
  const x = tf.tensor4d([0, 0.1, 0.2, 0.3, 0.4, 0.5], [3, 1, 2, 1])
  const { scale } = await attribute(x, detector, { kind: "anomaly-map", quantile: 0.8 })
  expect(scale).toBeCloseTo(0.4)
  const none = tf.zeros([1, 1, 2, 1]) as tf.Tensor4D
  expect((await attribute(none, detector, { kind: "anomaly-map" })).scale).toBe(1)
})

test("a detector is asked for the kinds it can give; others are refused with those", async () => {
  const scores = Object.assign(new MeanDetector(shape), { gradients: "none" as const })
  expect(availableAttributions(scores)).toEqual(["occlusion"])
  const error = await thrown(() => attribute(images(1), scores, { kind: "integrated-gradients" }))
  expect(error).toMatchObject({ code: "attribution-unavailable" })
  expect(error.next).toContain("occlusion")
  const detector = new CurvedDetector(shape)
  const before = tf.memory().numTensors
  const x = images(5)
  const found = await attributions(x, detector, undefined, { steps: 2, batchSize: 2 })
  x.dispose()
  expect(tf.memory().numTensors).toBe(before)
  expect(found.map(({ kind, maps }) => [kind, maps.length])).toEqual([
    ["gradient", 5],
    ["integrated-gradients", 5],
    ["occlusion", 5],
  ])
  expect(
    found.every(({ maps }) => maps.every((map) => map.length === 48 && map.every((value) => value >= 0))),
  ).toBe(true)
})

test.each([{ steps: 0 }, { patch: 1.5 }, { stride: 0 }, { baseline: 2 }, { quantile: -1 }])(
  "the option %j is refused",
  async (option) => {
    const error = await thrown(() =>
      attribute(images(1), new CurvedDetector(shape), { kind: "gradient", ...option }),
    )
    expect(error).toMatchObject({ code: "config-invalid" })
    expect(error.message).toContain(Object.keys(option)[0])
  },
)
