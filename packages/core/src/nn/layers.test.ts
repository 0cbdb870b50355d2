import "@tensorflow/tfjs-backend-cpu"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, describe, expect, it } from "vitest"
import "../tfjs-setup.js"
import golden from "../objective/golden.json" with { type: "json" }
import {
  batchNorm,
  condition,
  conditionalBatchNorm,
  conv,
  linear,
  normalizeBatch,
  normalizeRunning,
  runningStatistics,
  spectralNorm,
  up,
  Variables,
} from "./index.js"

const wave = (n: number, step = 0.7, phase = 0.3): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => Math.sin(step * i + phase))
const close = (actual: tf.Tensor, expected: readonly number[], digits = 4): void => {
  const values = actual.dataSync()
  expect(values.length).toBe(expected.length)
  expected.forEach((value, i) => {
    expect(values[i]).toBeCloseTo(value, digits)
  })
}

beforeAll(() => tf.setBackend("cpu"))

describe("batch norm", () => {
  it("has PyTorch's values, gradient and running statistics", () => {
    const expected = golden.batch_norm
    const variables = new Variables(1)
    const x = tf.tensor2d(wave(40, 0.37, 0.2), [10, 4])
    const dy = tf.tensor2d(wave(40, 0.21, 0.9), [10, 4])
    const norm = batchNorm(variables, "norm", 4, 1e-4)
    variables.all["norm/weight"]!.assign(tf.tensor1d(wave(4)).mul(0.5).add(1))
    variables.all["norm/bias"]!.assign(tf.tensor1d(wave(4, 0.5)))
    close(norm(x, "train"), expected.value)
    close(variables.all["norm/running_mean"]!, expected.running_mean)
    close(variables.all["norm/running_var"]!, expected.running_var)
    close(norm(x, "evaluate"), expected.evaluate)
    const { weight, bias } = { weight: variables.all["norm/weight"]!, bias: variables.all["norm/bias"]! }
    const [dx, dScale, dShift] = tf.grads((x: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) =>
      normalizeBatch(x, scale, shift, 1e-4).mul(dy),
    )([x, weight, bias])
    close(dx!, expected.dx)
    close(dScale!, expected.dscale)
    close(dShift!, expected.dshift)
  })

  it("has PyTorch's values and gradient with one scale per image", () => {
    const expected = golden.conditional_batch_norm
    const x = tf.tensor4d(wave(48, 0.37, 0.2), [3, 2, 2, 4])
    const dy = tf.tensor4d(wave(48, 0.21, 0.9), [3, 2, 2, 4])
    const scale = tf
      .tensor4d(wave(12, 0.9, 0.1), [3, 1, 1, 4])
      .mul(0.5)
      .add(1)
    const shift = tf.tensor4d(wave(12, 0.8, 0.6), [3, 1, 1, 4]).mul(0.3)
    const running = runningStatistics(new Variables(1), "norm", 4)
    close(normalizeBatch(x, scale, shift, 1e-5, running), expected.value)
    close(running.mean, expected.running_mean)
    close(running.variance, expected.running_var)
    const [dx, dScale, dShift] = tf.grads((x: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) =>
      normalizeBatch(x, scale, shift).mul(dy),
    )([x, scale, shift])
    close(dx!, expected.dx)
    close(dScale!, expected.dscale)
    close(dShift!, expected.dshift)
  })

  it("agrees with tfjs differentiating it op by op", () => {
    const x = tf.tensor4d(wave(36, 0.91, 0.2), [2, 3, 3, 2])
    const scale = tf.tensor1d([1.5, -0.5])
    const shift = tf.tensor1d([0.1, 0.2])
    const plain = (x: tf.Tensor): tf.Tensor => {
      const centered = x.sub(x.mean([0, 1, 2], true))
      const variance = centered.square().mean([0, 1, 2], true)
      return centered.mul(variance.add(1e-5).rsqrt()).mul(scale).add(shift)
    }
    const loss = (y: tf.Tensor): tf.Scalar => y.mul(tf.tensor4d(wave(36, 0.33, 0.1), [2, 3, 3, 2])).sum()
    const expected = tf.grad((x: tf.Tensor) => loss(plain(x)))(x)
    close(tf.grad((x: tf.Tensor) => loss(normalizeBatch(x, scale, shift)))(x), [...expected.dataSync()])
  })

  it("treats each image by itself at evaluation", () => {
    const variables = new Variables(1)
    const running = runningStatistics(variables, "norm", 2)
    const x = tf.tensor4d(wave(16), [2, 2, 2, 2])
    const all = normalizeRunning(x, tf.ones([2]), tf.zeros([2]), running)
    const one = normalizeRunning(x.slice([1], [1]), tf.ones([2]), tf.zeros([2]), running)
    expect([...all.slice([1], [1]).dataSync()]).toEqual([...one.dataSync()])
  })
})

describe("conditional batch norm", () => {
  it("is linear in (onehot k, onehot k (2 alpha - 1))", () => {
    const concept = tf.tensor2d([1, 0, 0, 1], [2, 2])
    close(condition(tf.tensor1d([0, 0.75]), concept), [1, 0, -1, 0, 0, 1, 0, 0.5])
    const variables = new Variables(1)
    const norm = conditionalBatchNorm(variables, "norm", { channels: 1, condition: 4 })
    variables.all["norm/condition/weight"]!.assign(tf.tensor2d([1, 10, 2, 20, 4, 40, 8, 80], [4, 2]))
    const y = norm(tf.zeros([2, 1, 1, 1]), condition(tf.tensor1d([0, 0.75]), concept), "evaluate")
    // x = 0 with mean 0: the shift alone.
    close(y, [10 - 40, 20 + 40])
  })
})

describe("spectral norm", () => {
  it("divides by the largest singular value, and treats u and v as constants", () => {
    const variables = new Variables(1)
    const weight = variables.create("weight", [3, 3, 2, 4], () => wave(72, 0.63, 0.2))
    const norm = spectralNorm(variables, "weight", weight)
    for (let i = 0; i < 100; i++) variables.powerIteration()
    close(weight.div(norm.weight()).max(), [golden.spectral_norm.sigma])
    const { grads } = tf.variableGrads(() => norm.weight().sum(), Object.values(variables.trainable()))
    expect(Object.keys(grads)).toEqual([weight.name])
    // d sum(W / s) / dW = 1 / s - sum(W) / s^2 v u'
    const sigma = golden.spectral_norm.sigma
    const v = variables.all.weight_v!
    const u = variables.all.weight_u!
    const outer = tf.matMul(v as unknown as tf.Tensor2D, u as unknown as tf.Tensor2D, false, true)
    const expected = tf.sub(1 / sigma, outer.mul(weight.sum().div(sigma * sigma)))
    close(grads[weight.name]!, [...expected.dataSync()])
  })
})

describe("up", () => {
  it("doubles, and its gradient sums each block, for every image of a batch", () => {
    const x = tf.tensor4d(wave(24), [2, 2, 3, 2])
    const w = tf.tensor4d(wave(96, 0.31), [2, 4, 6, 2])
    close(up(x).slice([1, 2, 4], [1, 1, 1]), [...x.slice([1, 1, 2], [1, 1, 1]).dataSync()])
    const gradient = tf.grad((x: tf.Tensor) =>
      up(x as tf.Tensor4D)
        .mul(w)
        .sum(),
    )(x)
    close(gradient, [...w.reshape([2, 2, 2, 3, 2, 2]).sum([2, 4]).dataSync()])
  })
})

describe("variables", () => {
  it("have names, and values that depend on seed and name only", () => {
    const one = new Variables(5)
    conv(one.scope("a"), "conv", { in: 2, out: 3, kernel: 3 })
    linear(one, "fc", { in: 2, out: 2, bias: false })
    const two = new Variables(5)
    linear(two, "fc", { in: 2, out: 2 })
    expect(Object.keys(one.all)).toEqual(["a/conv/weight", "a/conv/bias", "fc/weight"])
    expect([...one.all["fc/weight"]!.dataSync()]).toEqual([...two.all["fc/weight"]!.dataSync()])
    const other = new Variables(6)
    linear(other, "fc", { in: 2, out: 2 })
    expect([...other.all["fc/weight"]!.dataSync()]).not.toEqual([...two.all["fc/weight"]!.dataSync()])
    expect(() => linear(two, "fc", { in: 2, out: 2 })).toThrow("exists already")
    expect(Math.max(...one.all["a/conv/weight"]!.dataSync())).toBeLessThan(1 / Math.sqrt(18))
  })
})
