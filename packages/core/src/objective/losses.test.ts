import "@tensorflow/tfjs-backend-cpu"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, describe, expect, it } from "vitest"
import "../tfjs-setup.js"
import golden from "./golden.json" with { type: "json" }
import * as losses from "./losses.js"
import { objectiveDefaults, weightedSum } from "./objective.js"

const wave = (n: number, step = 0.7, phase = 0.3): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => Math.sin(step * i + phase))
const value = (tensor: tf.Tensor): number => tensor.dataSync()[0]!

beforeAll(() => tf.setBackend("cpu"))

describe("losses against PyTorch", () => {
  const expected = golden.losses
  const alpha = [0, 1, 1, 0, 0.25, 0.5]
  const phi = [...wave(6)].map((v, i) => (i < 2 ? i : 0.5 + 0.5 * v))

  it.each(["bce", "l2", "kl"] as const)("score loss %s", (kind) => {
    const actual = value(losses.scoreLoss(tf.tensor1d(phi), tf.tensor1d(alpha), kind))
    expect(actual).toBeCloseTo(expected[`score_${kind}`], 4)
  })

  it("L_phi is the log-likelihood of the printed form", () => {
    const actual = value(losses.scoreLogLikelihood(tf.tensor1d([0.25]), tf.tensor1d([0.5])))
    expect(actual).toBeCloseTo(0.5 * Math.log(0.25) + 0.5 * Math.log(0.75), 5)
  })

  it("L_G and L_D", () => {
    const fake = tf.tensor1d(wave(5, 1.1, 0.2)).mul<tf.Tensor1D>(2)
    const real = tf.tensor1d(wave(4, 0.9, 0.5)).mul<tf.Tensor1D>(2)
    expect(value(losses.generatorLoss(fake, "paper"))).toBeCloseTo(expected.generator_paper, 5)
    expect(value(losses.generatorLoss(fake, "standard"))).toBeCloseTo(expected.generator_standard, 5)
    expect(value(losses.discriminatorLoss(real, fake))).toBeCloseTo(expected.discriminator, 5)
  })

  it("L_rec, L_con", () => {
    const x = tf.tensor4d(wave(24, 0.3, 0.1), [2, 2, 2, 3])
    const y = tf.tensor4d(wave(24, 0.5, 0.4), [2, 2, 2, 3])
    expect(value(losses.reconstructionLoss(x, y))).toBeCloseTo(expected.reconstruction, 5)
    const logits = tf.tensor2d(wave(6, 1.3, 0.7), [3, 2])
    const concept = tf.tensor2d([1, 0, 0, 1, 0, 1], [3, 2])
    expect(value(losses.conceptLoss(logits, concept))).toBeCloseTo(expected.concept, 5)
    const weighted = losses.conceptLoss(logits, concept, tf.tensor1d([1, 0.25, 0.5]))
    expect(value(weighted)).toBeCloseTo(expected.concept_weighted, 5)
  })
})

describe("properties", () => {
  it("score losses and their gradients are finite for phi and alpha in {0, 1}", () => {
    const phi = tf.tensor1d([0, 0, 1, 1])
    const alpha = tf.tensor1d([0, 1, 0, 1])
    for (const kind of ["bce", "l2", "kl"] as const) {
      const { value, grad } = tf.valueAndGrad((p: tf.Tensor) =>
        losses.scoreLoss(p as tf.Tensor1D, alpha, kind),
      )(phi)
      for (const number of [...value.dataSync(), ...grad.dataSync()])
        expect(number).toSatisfy(Number.isFinite)
    }
  })

  it("score losses are 0 or least where phi = alpha", () => {
    const alpha = tf.tensor1d([0.3])
    for (const kind of ["bce", "l2", "kl"] as const) {
      const at = (p: number): number => value(losses.scoreLoss(tf.tensor1d([p]), alpha, kind))
      expect(at(0.3)).toBeLessThan(at(0.2))
      expect(at(0.3)).toBeLessThan(at(0.4))
      if (kind !== "bce") expect(at(0.3)).toBeCloseTo(0, 6)
    }
  })

  it("a generator that returns x has no reconstruction loss", () => {
    const x = tf.tensor4d(wave(12), [1, 2, 2, 3])
    expect(value(losses.reconstructionLoss(x, x))).toBe(0)
  })

  it("the paper's L_G saturates at D >= 1, the standard one does not", () => {
    expect(value(losses.generatorLoss(tf.tensor1d([3]), "paper"))).toBe(0)
    expect(value(losses.generatorLoss(tf.tensor1d([3]), "standard"))).toBe(-3)
  })

  it("diversity asks for a distance, and no more", () => {
    const zeros = tf.zeros<tf.Rank.R4>([1, 2, 2, 1])
    const at = (distance: number): number =>
      value(losses.diversityLoss(zeros, tf.fill([1, 2, 2, 1], distance), 0.3, tf.ones([1])))
    expect(at(0)).toBeCloseTo(0.3, 6)
    expect(at(0.1)).toBeCloseTo(0.2, 6)
    expect(at(0.5)).toBe(0)
  })

  it("concept accuracy counts hits", () => {
    const accuracy = losses.conceptAccuracy(
      tf.tensor2d([2, 1, 2, 1], [2, 2]),
      tf.tensor2d([1, 0, 0, 1], [2, 2]),
    )
    expect(value(accuracy)).toBe(0.5)
  })

  it("the sum leaves terms of weight 0 out", () => {
    const terms = { gan: tf.scalar(2), phi: tf.scalar(3), rec: tf.scalar(Number.NaN) }
    const weights = { gan: 10, phi: 1, rec: 0 }
    expect(value(weightedSum(terms, weights))).toBe(23)
    expect(objectiveDefaults.weights.gan).toBe(1)
  })
})

describe("theorems of section 4 on two images of two pixels", () => {
  // D takes any value at each of the two images, so its optimum is exact: a search over a grid of both values.
  const grid = Array.from({ length: 61 }, (_, i) => (i - 30) / 10)
  /** max over D of V = L_D for data half A, half B and a generator that makes A `a` times of 4. */
  const valueOfGame = (a: number): number => {
    const real = [0, 0, 1, 1]
    const fake = [0, 1, 2, 3].map((i) => (i < a ? 0 : 1))
    let best = Number.NEGATIVE_INFINITY
    for (const atA of grid)
      for (const atB of grid) {
        const d = [atA, atB]
        const of = (points: number[]): tf.Tensor1D => tf.tensor1d(points.map((point) => d[point]!))
        best = Math.max(
          best,
          tf.tidy(() => -value(losses.discriminatorLoss(of(real), of(fake)))),
        )
      }
    return best
  }

  it("4.2: with L_phi off, G imitates the data and V = -2", () => {
    expect(valueOfGame(2)).toBeCloseTo(-2, 5)
    expect(valueOfGame(4)).toBeGreaterThan(-2 + 0.5)
  })

  it("4.3: with L_phi on, imitating the data is no equilibrium", () => {
    // phi says A is normal and B is not; target 0. Best answer of G to the constant D of the equilibrium of 4.2:
    const phi = [0.1, 0.9]
    const lossOfG = (a: number, weight: number): number => {
      const fake = [0, 1, 2, 3].map((i) => (i < a ? 0 : 1))
      const d = tf.zeros<tf.Rank.R1>([4])
      const score = losses.scoreLoss(tf.tensor1d(fake.map((i) => phi[i]!)), tf.zeros([4]))
      return value(losses.generatorLoss(d, "paper")) + weight * value(score)
    }
    const best = (weight: number): number => {
      const all = [0, 1, 2, 3, 4].map((a) => lossOfG(a, weight))
      return Math.min(...all)
    }
    expect(lossOfG(2, 0)).toBeCloseTo(best(0), 6)
    expect(lossOfG(2, 1)).toBeGreaterThan(best(1) + 0.1)
    expect(lossOfG(4, 1)).toBeCloseTo(best(1), 6)
    expect(valueOfGame(4)).toBeGreaterThan(-2)
  })
})
