import "@tensorflow/tfjs-backend-cpu"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, describe, expect, it } from "vitest"
import "../tfjs-setup.js"
import { Detector } from "../contract/detector.js"
import type { FitOptions, TrainingState } from "../contract/training.js"
import { condition, conditionalBatchNorm, conv, linear, Variables } from "../nn/index.js"
import { type ObjectiveOptions, objectiveDefaults } from "../objective/objective.js"
import { draw } from "./draws.js"
import { type CounterfactualNetworks, trainCounterfactual } from "./index.js"
import { batchLayout, pick } from "./layout.js"
import { testData } from "./test-data.js"

beforeAll(() => tf.setBackend("cpu"))

/** phi = sigmoid(10 (mean brightness - 0.35)) */
class Brightness extends Detector {
  readonly inputShape = [8, 8, 1] as const
  readonly variables = {}
  constructor(readonly gradients: "exact" | "none" = "exact") {
    super()
  }
  async fit(): Promise<void> {}
  rawScore(x: tf.Tensor4D): tf.Tensor1D {
    return x.mean<tf.Tensor1D>([1, 2, 3]).sub<tf.Tensor1D>(0.35).mul(10)
  }
  bound(raw: tf.Tensor1D): tf.Tensor1D {
    return raw.sigmoid()
  }
}

function tinyNetworks(): CounterfactualNetworks & { variables: Variables } {
  const variables = new Variables(1)
  const g = variables.scope("generator")
  const norm = conditionalBatchNorm(g, "norm", { channels: 1, condition: 4 })
  const out = conv(g, "out", { in: 1, out: 1, kernel: 3 })
  const d1 = conv(variables.scope("discriminator"), "conv", { in: 1, out: 2, kernel: 3, spectral: true })
  const d2 = linear(variables.scope("discriminator"), "out", { in: 2, out: 1, spectral: true })
  const r = linear(variables.scope("concept"), "out", { in: 128, out: 2 })
  const flat = (x: tf.Tensor4D): tf.Tensor2D => x.reshape([x.shape[0], 64])
  return {
    variables,
    inputShape: [8, 8, 1],
    concepts: 2,
    trained: {
      generator: variables.trainable("generator/"),
      concept: variables.trainable("concept/"),
      discriminator: variables.trainable("discriminator/"),
    },
    state: variables.all,
    generate: (x, alpha, concept) =>
      x.add<tf.Tensor4D>(out(norm(x, condition(alpha, concept), "train"))).tanh(),
    discriminate: (x) => d2(d1(x).relu().sum([1, 2])).reshape([x.shape[0]]),
    classify: (from, to, _, view) => {
      const pair = tf.concat([flat(from), flat(to)], 1)
      return r(view?.noise ? pair.add<tf.Tensor2D>(view.noise.reshape([pair.shape[0], 128]).mul(0.1)) : pair)
    },
    noiseShape: (batch) => [batch, 8, 8, 2],
    powerIteration: () => variables.powerIteration(),
  }
}

async function fit(options: Partial<FitOptions> = {}, objective: Partial<ObjectiveOptions> = {}) {
  const networks = tinyNetworks()
  const terms: Record<string, number>[] = []
  await trainCounterfactual(networks, new Brightness(), testData(), {
    objective: { ...objectiveDefaults, ...objective },
    fit: {
      steps: 4,
      batchSize: 8,
      learningRate: 1e-2,
      seed: 3,
      onStep: (t) => void terms.push({ ...t }),
      ...options,
    },
  })
  const weights = Object.entries(networks.variables.all).map(
    ([name, v]) => [name, [...v.dataSync()]] as const,
  )
  networks.variables.dispose()
  return { terms, weights: Object.fromEntries(weights) }
}

describe("trainCounterfactual", () => {
  it("reports finite terms by name and leaks no tensors", async () => {
    const before = tf.memory().numTensors
    const { terms } = await fit()
    expect(tf.memory().numTensors).toBe(before)
    expect(Object.keys(terms[0]!)).toEqual([
      "discriminator",
      "gan",
      "phi",
      "rec",
      "cycle",
      "concept",
      "conceptAccuracy",
    ])
  })

  it("trains all three networks, and teaches G the target scores", async () => {
    const { terms, weights } = await fit({ steps: 30 })
    const start = new Variables(1)
    const initial = linear(start.scope("concept"), "out", { in: 128, out: 2 })
    expect(initial).toBeTypeOf("function")
    expect(weights["concept/out/weight"]).not.toEqual([...start.all["concept/out/weight"]!.dataSync()])
    const mean = (from: number, to: number): number =>
      terms.slice(from, to).reduce((sum, t) => sum + t.phi!, 0) / (to - from)
    expect(mean(25, 30)).toBeLessThan(mean(0, 5))
  })

  it("goes on byte-identically from a saved state", async () => {
    const states: TrainingState[] = []
    const whole = await fit({ saveEvery: 2, saveState: async (state) => void states.push(state) })
    const resumed = await fit({ resume: states[0]! })
    expect(states[0]!.step).toBe(2)
    expect(resumed.weights).toEqual(whole.weights)
    expect(resumed.terms).toEqual(whole.terms.slice(2))
    expect((await fit({ seed: 4 })).weights).not.toEqual(whole.weights)
  })

  it.each<Partial<ObjectiveOptions>>([
    { generatorLoss: "paper", conceptPair: "paper", realSamples: "normal", conceptWeight: "change" },
    { conceptPair: "none", cycleShare: 0, scoreLoss: "l2" },
    {
      pairConcepts: true,
      reconstruction: "sampled",
      cycleShare: 0.5,
      normalShare: 0.25,
      realNormalShare: 0.75,
      alpha: { zero: 0.1, one: 0.1, identity: 0.2, flip: 0.5 },
      weights: { ...objectiveDefaults.weights, diversity: 1, proximity: 1 },
      scoreLoss: "kl",
    },
  ])("runs %j", async (objective) => {
    const { terms } = await fit({ steps: 2 }, objective)
    expect(terms.length).toBe(2)
  })

  it("refuses detectors without gradients and batches that do not divide", async () => {
    const options = {
      objective: { ...objectiveDefaults, pairConcepts: true },
      fit: { steps: 1, batchSize: 7, learningRate: 1, seed: 1 },
    }
    const run = (detector: Detector) => trainCounterfactual(tinyNetworks(), detector, testData(), options)
    await expect(run(new Brightness())).rejects.toMatchObject({ code: "batch-size" })
    await expect(run(new Brightness("none"))).rejects.toMatchObject({ code: "detector-gradients" })
  })
})

describe("draws", () => {
  it("depend on (seed, step) only, and pair concepts when asked to", () => {
    const objective = {
      ...objectiveDefaults,
      pairConcepts: true,
      alpha: { zero: 0.5, one: 0.1, identity: 0.2, flip: 0.1 },
    }
    const of = (step: number) => draw(tinyNetworks(), objective, { batch: 8000, pairs: 1, seed: 1, step })
    const one = of(5)
    expect([...one.alpha.dataSync()]).toEqual([...of(5).alpha.dataSync()])
    expect([...one.alpha.dataSync()]).not.toEqual([...of(6).alpha.dataSync()])
    const alpha = [...one.alpha.dataSync()]
    expect(alpha.slice(0, 4000)).toEqual(alpha.slice(4000))
    expect([
      ...one.concept
        .slice([0], [4000])
        .add(one.concept.slice([4000]))
        .dataSync(),
    ]).toEqual(new Array(8000).fill(1))
    const share = (tensor: tf.Tensor): number => tensor.mean().dataSync()[0]!
    expect(share(one.identity)).toBeCloseTo(0.2, 1)
    expect(share(one.flip)).toBeCloseTo(0.1, 1)
    expect(share(one.alpha.equal(0).cast("float32"))).toBeCloseTo(0.5, 1)
  })
})

describe("layout", () => {
  it("takes the shares that it is told", () => {
    const objective = { ...objectiveDefaults, normalShare: 0.25, realNormalShare: 0.75, cycleShare: 0.5 }
    const layout = batchLayout(16, 2, objective, true)
    expect(layout).toEqual({
      dataSize: 32,
      images: 16,
      rows: 16,
      copies: 1,
      generator: [
        [0, 4],
        [16, 12],
      ],
      real: [
        [4, 12],
        [28, 4],
      ],
      cycle: [
        [0, 2],
        [4, 6],
      ],
    })
    expect(pick(tf.range(0, 32), layout.real).dataSync()).toEqual(
      Float32Array.of(4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 28, 29, 30, 31),
    )
  })

  it("is plain without outliers, and by default", () => {
    expect(batchLayout(8, 2, objectiveDefaults, false)).toMatchObject({ dataSize: 8, generator: [[0, 8]] })
    const paired = batchLayout(
      8,
      2,
      { ...objectiveDefaults, pairConcepts: true, realSamples: "normal" },
      true,
    )
    expect(paired).toMatchObject({ dataSize: 4, images: 4, rows: 8, real: [[0, 2]] })
  })
})
