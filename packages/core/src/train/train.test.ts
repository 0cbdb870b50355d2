import "@tensorflow/tfjs-backend-cpu"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, describe, expect, it } from "vitest"
import "../tfjs-setup.js"
import type { FitOptions, TrainingState } from "../contract/training.js"
import { batchNorm, linear, Variables } from "../nn/index.js"
import golden from "../objective/golden.json" with { type: "json" }
import { adam, cosine, stepDecay, train } from "./index.js"
import { testData } from "./test-data.js"

const wave = (n: number, step = 0.7, phase = 0.3): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => Math.sin(step * i + phase))

beforeAll(() => tf.setBackend("cpu"))

describe("adam", () => {
  it.each([
    ["adam", {}],
    ["adam_gan", { beta1: 0, beta2: 0.9 }],
  ] as const)("%s is PyTorch's", (name, options) => {
    const variable = tf.variable(tf.tensor1d(wave(5)))
    const optimizer = adam({ variable }, options)
    for (let step = 0; step < 3; step++) {
      const [rate, correction] = optimizer.numbers(step + 1, 1e-2)
      const gradient = tf.tensor1d(wave(5, 0.4, step))
      optimizer.apply({ [variable.name]: gradient }, tf.tensor1d([rate]), tf.tensor1d([correction]))
    }
    variable.dataSync().forEach((value, i) => {
      expect(value).toBeCloseTo(golden[name][i]!, 5)
    })
    expect(Object.keys(optimizer.slots)).toEqual(
      name === "adam" ? ["variable/adam_m", "variable/adam_v"] : ["variable/adam_v"],
    )
  })
})

describe("schedules", () => {
  it("are functions of step and steps", () => {
    expect([0, 65, 66, 67, 99].map((step) => stepDecay(2 / 3, 0.1)(step, 100))).toEqual([1, 1, 1, 0.1, 0.1])
    expect(cosine(0.05, 10)(0, 100)).toBeCloseTo(0.1, 6)
    expect(cosine(0.05)(50, 100)).toBeCloseTo(0.525, 6)
  })
})

describe("train", () => {
  const model = () => {
    const variables = new Variables(1)
    const fc1 = linear(variables, "fc1", { in: 64, out: 4, bias: false })
    const norm = batchNorm(variables, "norm", 4)
    const fc2 = linear(variables, "fc2", { in: 4, out: 1 })
    const logits = (x: tf.Tensor4D): tf.Tensor =>
      fc2(norm(fc1(x.reshape([-1, 64])), "train").relu()).reshape([-1])
    return { variables, logits }
  }
  const fit = async (options: Partial<FitOptions>, divisor = 1) => {
    const { variables, logits } = model()
    await train({
      data: testData(),
      variables: variables.all,
      loss: ({ x, outlier }) => logits(x).sub(outlier).square().mean<tf.Scalar>().div(divisor),
      options: { steps: 6, batchSize: 8, learningRate: 1e-2, seed: 3, ...options },
    })
    return Object.fromEntries(Object.entries(variables.all).map(([name, v]) => [name, [...v.dataSync()]]))
  }

  it("lowers the loss and leaks no tensors", async () => {
    const terms: number[] = []
    const before = tf.memory().numTensors
    const counts: number[] = []
    await fit({
      steps: 30,
      onStep: ({ loss }) => {
        terms.push(loss!)
        counts.push(tf.memory().numTensors)
      },
    })
    expect(terms.length).toBe(30)
    expect(terms.at(-1)).toBeLessThan(terms[0]! / 2)
    expect(new Set(counts).size).toBe(1)
    // The model's own variables remain.
    expect(tf.memory().numTensors - before).toBe(7)
  })

  it("is the same for the same seed, and goes on byte-identically", async () => {
    const whole = await fit({})
    expect(await fit({})).toEqual(whole)
    expect(await fit({ seed: 4 })).not.toEqual(whole)
    const states: TrainingState[] = []
    await fit({ saveEvery: 4, saveState: async (state) => void states.push(state) })
    expect(states.map((state) => state.step)).toEqual([4, 6])
    expect(await fit({ resume: states[0]! })).toEqual(whole)
  })

  it("saves, then stops when asked to", async () => {
    const controller = new AbortController()
    const states: number[] = []
    const stopped = fit({
      signal: controller.signal,
      onStep: (_, step) => {
        if (step === 2) controller.abort()
      },
      saveState: async ({ step }) => void states.push(step),
    })
    await expect(stopped).rejects.toMatchObject({ code: "stopped" })
    expect(states).toEqual([2])
  })

  it("names step and term at a NaN, and saves nothing then", async () => {
    const states: number[] = []
    const failed = fit({ saveState: async ({ step }) => void states.push(step), saveEvery: 1 }, 0)
    await expect(failed).rejects.toMatchObject({
      code: "nan",
      message: expect.stringContaining('"loss" of step 1'),
    })
    expect(states).toEqual([])
  })

  it("refuses the state of another model", async () => {
    const state = { step: 1, tensors: {} }
    await expect(fit({ resume: state })).rejects.toMatchObject({ code: "state-mismatch" })
  })
})
