import "@tensorflow/tfjs-backend-cpu"
import {
  Detector,
  type FitOptions,
  stream,
  type TrainingData,
  type TrainingState,
  uniforms,
} from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, describe, expect, it } from "vitest"
import { GanGenerator, type GanInput, ganOptions, generators } from "../index.js"

const data: TrainingData = {
  shape: [8, 8, 3],
  length: 10,
  outliers: 10,
  async *batches({ size, seed, start = 0 }) {
    for (let step = start; ; step++) {
      const pixels = uniforms(stream(seed, "data", step), size * 192)
      for (let i = 0; i < pixels.length / 2; i++) pixels[i]! *= 0.4
      const x = tf.tensor4d(pixels, [size, 8, 8, 3])
      const outlier = tf.tensor1d(Array.from({ length: size }, (_, i) => (i < size / 2 ? 0 : 1)))
      try {
        yield { x, outlier }
      } finally {
        tf.dispose([x, outlier])
      }
    }
  },
}

class Brightness extends Detector {
  readonly gradients = "exact"
  readonly variables = {}
  constructor(readonly inputShape: readonly [number, number, number] = [8, 8, 3]) {
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

const small: GanInput = { width: 1 }
const make = (options: GanInput = {}, seed = 1) =>
  new GanGenerator(new Brightness(), seed, { ...small, ...options })
const fitting: FitOptions = { steps: 3, batchSize: 4, learningRate: 1e-3, seed: 1 }
const weights = (generator: GanGenerator): Record<string, number[]> =>
  Object.fromEntries(Object.entries(generator.variables).map(([name, v]) => [name, [...v.dataSync()]]))
const images = (n: number): tf.Tensor4D => tf.tensor4d(uniforms(stream(9), n * 192), [n, 8, 8, 3])

beforeAll(() => tf.setBackend("cpu"))

describe("GanGenerator", () => {
  it("gives images in [0, 1] that do not depend on the rest of the batch", async () => {
    const generator = make()
    await generator.fit(data, fitting)
    const x = images(3)
    const alpha = tf.tensor1d([0, 0.5, 1])
    const concept = tf.tensor1d([0, 1, 0], "int32")
    const all = await generator.generate(x, alpha, concept)
    expect(all.shape).toEqual([3, 8, 8, 3])
    const one = await generator.generate(x.slice([1], [1]), alpha.slice(1, 1), concept.slice(1, 1))
    const whole = all.slice([1], [1]).dataSync()
    one.dataSync().forEach((value, i) => {
      expect(value).toBeCloseTo(whole[i]!, 6)
      expect(value >= 0 && value <= 1).toBe(true)
    })
    expect(generator.conceptLogits(x, all).shape).toEqual([3, 2])
  })

  it("depends on alpha and on the concept", async () => {
    const generator = make({ blendBias: -1, width: 4 })
    const x = images(1)
    const at = async (alpha: number, k: number): Promise<number[]> => {
      const y = await generator.generate(x, tf.tensor1d([alpha]), tf.tensor1d([k], "int32"))
      return [...y.dataSync()]
    }
    expect(await at(0, 0)).toEqual(await at(0, 0))
    expect(await at(0, 0)).not.toEqual(await at(0.1, 0))
    expect(await at(0, 0)).not.toEqual(await at(0, 1))
  })

  it.each([[{}], [{ average: 0.9 }]])("goes on byte-identically, %j", async (options) => {
    const states: TrainingState[] = []
    const whole = make(options)
    const steps: number[] = []
    await whole.fit(data, {
      ...fitting,
      saveEvery: 2,
      saveState: async (state) => void states.push(state),
      onStep: (_, step) => void steps.push(step),
    })
    const resumed = make(options)
    await resumed.fit(data, { ...fitting, resume: states[0]! })
    expect(steps).toEqual([1, 2, 3])
    expect(weights(resumed)).toEqual(weights(whole))
    expect(weights(make(options))).not.toEqual(weights(whole))
    expect(weights(make(options, 2))).not.toEqual(weights(make(options)))
  })

  it("stores G and R, not D, and frees what it makes", async () => {
    const before = tf.memory().numTensors
    const generator = make({ average: 0.9 })
    const names = Object.keys(generator.variables)
    expect(names.every((name) => /^(generator|concept)\//.test(name))).toBe(true)
    await generator.fit(data, { ...fitting, steps: 1 })
    expect(tf.memory().numTensors - before).toBe(names.length)
    generator.dispose()
    expect(tf.memory().numTensors).toBe(before)
  })

  it("at its defaults has less than 2 MB of weights", () => {
    const generator = new GanGenerator(new Brightness([28, 28, 3]), 1)
    const numbers = Object.values(generator.variables).reduce((sum, v) => sum + v.size, 0)
    expect(4 * numbers).toBeLessThan(2e6)
  })

  it.each<GanInput>([
    {
      architecture: "full",
      blend: false,
      conceptView: "full",
      conceptInput: "pair",
      conceptNetwork: "conv",
      conceptPair: "paper",
      discriminator: "unconditional",
      realSamples: "normal",
      realNormalShare: null,
      reconstruction: "pass",
      schedule: "decay",
      generatorLoss: "paper",
    },
    { architecture: "lite", conceptNetwork: "linear", concepts: 3, pairConcepts: true, schedule: "constant" },
    { conceptNetwork: "mlp", weights: { diversity: 1 }, pairConcepts: true },
  ])("trains with %j", async (options) => {
    const terms: Record<string, number>[] = []
    const batchSize = options.concepts === 3 ? 6 : 4
    await make(options).fit(data, { ...fitting, steps: 1, batchSize, onStep: (t) => void terms.push(t) })
    expect(terms.length).toBe(1)
  })

  it("refuses images whose size is no multiple of 4", () => {
    expect(() => new GanGenerator(new Brightness([6, 8, 1]), 1)).toThrow(
      expect.objectContaining({ code: "generator-shape" }),
    )
  })

  it("is in the plugin, with strict options", async () => {
    const entry = generators.generators!.gan!
    const generator = await entry.create(entry.options.parse(small), { detector: new Brightness(), seed: 1 })
    expect(generator).toBeInstanceOf(GanGenerator)
    expect(ganOptions.safeParse({ lambda: 1 }).success).toBe(false)
    expect(ganOptions.safeParse({ alpha: { zero: 0.8, identity: 0.8 } }).success).toBe(false)
  })
})
