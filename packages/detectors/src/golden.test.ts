import "@tensorflow/tfjs-backend-cpu"
import "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, describe, expect, it } from "vitest"
import golden from "./detectors.golden.json" with { type: "json" }
import { center, dsvddBound } from "./dsvdd-rules.js"
import { meanOverCells } from "./fcdd.js"
import { hscLoss, oneMinusExp, outlierCost, pseudoHuber, sigmoidCrossEntropy, squaredNorm } from "./losses.js"
import { defaultDeviation, gaussian, receptiveField, receptiveUpsample } from "./receptive.js"

/** Equal to 1e-6 of the larger of 1 and the expected number. */
function close(actual: tf.Tensor, expected: number | readonly number[]): void {
  const list = typeof expected === "number" ? [expected] : expected
  const values = [...actual.dataSync()]
  expect(values.length).toBe(list.length)
  const off = values.map((value, i) => Math.abs(value - list[i]!) / Math.max(1, Math.abs(list[i]!)))
  expect(
    off.map((difference, i) => (difference <= 1e-6 ? "" : `${i}: ${values[i]} for ${list[i]}`)).join(""),
  ).toBe("")
}
const matrix = (values: readonly number[], columns: number): tf.Tensor2D =>
  tf.tensor2d([...values], [values.length / columns, columns])

beforeAll(() => tf.setBackend("cpu"))

describe("PyTorch's numbers", () => {
  it("BCE: loss, score and gradient, also at logits of +-500", () => {
    const { logits, target, loss, gradient, score } = golden.bce
    const outlier = tf.tensor1d(target)
    close(sigmoidCrossEntropy(tf.tensor1d(logits), outlier), loss)
    close(tf.tensor1d(logits).sigmoid(), score)
    const g = tf.grad((x: tf.Tensor) => sigmoidCrossEntropy(x as tf.Tensor1D, outlier))(tf.tensor1d(logits))
    // At logit 0 both kinks meet; there PyTorch has 0.5 / n as well, relu and abs of tfjs have 0.
    close(g.slice(1), gradient.slice(1))
  })

  it("HSC: distances and scores, from zero features to norms of 1e18", () => {
    const h = pseudoHuber(squaredNorm(matrix(golden.features, 3)))
    close(h, golden.hsc.h)
    close(oneMinusExp(h), golden.hsc.score)
  })

  it("HSC under quirks eoe: cost of an outlier and its gradient", () => {
    const cost = (f: tf.Tensor) => outlierCost(pseudoHuber(squaredNorm(f as tf.Tensor2D)), 1e-9)
    close(cost(matrix(golden.features, 3)), golden.hsc.outlier)
    close(tf.grad((f: tf.Tensor) => cost(f).sum())(matrix(golden.features, 3)), golden.hsc.outlierGradient)
  })

  it("HSC: cost of an outlier and its gradient; finite at zero features", () => {
    const cost = (f: tf.Tensor) => outlierCost(pseudoHuber(squaredNorm(f as tf.Tensor2D)))
    const f = matrix(golden.features, 3)
    const g = tf.grad((f: tf.Tensor) => cost(f).sum())(f)
    close(cost(f).slice(1), golden.hscExact.outlier)
    close(g.slice(1), golden.hscExact.outlierGradient)
    expect([...g.slice(0, 1).dataSync()].map(Math.abs)).toEqual([0, 0, 0])
    expect(cost(f).dataSync()[0]).toBeCloseTo(69.08, 2)
  })

  it("HSC: the loss of a batch is the mean of h and the outliers' costs", () => {
    const { h, outlier } = golden.hsc
    const labels = tf.tensor1d([0, 0, 0, 1, 1])
    const expected = (h[2]! + h[3]! + h[4]! + outlier[3]! + outlier[2]!) / 5
    close(hscLoss(tf.tensor1d([h[2]!, h[3]!, h[4]!, h[3]!, h[2]!]), labels, 1e-9), expected)
  })

  it("DSVDD under quirks eoe: center of three batches, the last one smaller, and distances to it", () => {
    const { features, distance, center: expected, loss } = golden.center
    const f = matrix(features, 5)
    const means = [f.slice([0], [2]), f.slice([2], [2]), f.slice([4], [1])].map((batch) => [
      ...batch.mean(0).dataSync(),
    ])
    close(tf.tensor1d(center(means, "eoe")), expected)
    const distances = squaredNorm(f.sub(tf.tensor1d(expected)))
    close(distances, distance)
    close(distances.mean(), loss)
    expect(center(means)[3]).toBe(0.1)
  })

  it("DSVDD: both bounds", () => {
    const { squared, scale, rational, exponential } = golden.bounds
    const d = tf.tensor1d(squared)
    close(dsvddBound(d, tf.scalar(scale), "rational"), rational)
    close(dsvddBound(d, tf.scalar(scale), "exponential"), exponential)
  })

  it("FCDD: raw score, cost with 1e-31 and its gradient", () => {
    const { z, raw, outlier, gradient } = golden.fcdd
    const score = (z: tf.Tensor) => meanOverCells(pseudoHuber(z.square().reshape([-1, 2, 2, 1])))
    close(score(matrix(z, 4)), raw)
    close(outlierCost(score(matrix(z, 4)), 1e-31), outlier)
    const g = tf.grad((z: tf.Tensor) => outlierCost(score(z), 1e-31).sum())(matrix(z, 4))
    close(g.slice(1), gradient.slice(4))
    expect([...g.dataSync()].every(Number.isFinite)).toBe(true)
  })

  it.each([
    [golden.heatmap28, 28, 7, 16],
    [golden.heatmap32, 32, 8, 32],
  ])("FCDD: receptive-field upsampling %#", ({ cells, map }, side, n, size) => {
    const pixels = receptiveUpsample(tf.tensor4d(cells, [1, n, n, 1]), { size, jump: 4, start: 1.5 }, [
      side,
      side,
    ])
    expect(pixels.shape).toEqual([1, side, side, 1])
    close(pixels, map)
  })
})

it("receptive fields of fcdd's networks", () => {
  const conv = { kernel: 5, stride: 1, pad: 2 }
  const pool = { kernel: 2, stride: 2, pad: 0 }
  expect(receptiveField([conv, pool, conv, pool])).toEqual({ size: 16, jump: 4, start: 1.5 })
  expect(receptiveField([conv, pool, conv, pool, conv])).toEqual({ size: 32, jump: 4, start: 1.5 })
  expect(defaultDeviation(16)).toBeCloseTo(1.1638, 4)
  expect(gaussian(3, 1)).toEqual([Math.exp(-0.5), 1, Math.exp(-0.5)])
})
