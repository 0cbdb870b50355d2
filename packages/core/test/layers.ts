import * as tf from "@tensorflow/tfjs-core"
import { expect } from "vitest"
import {
  batchNorm,
  type ConvOptions,
  conditionalBatchNorm,
  conv,
  down,
  linear,
  up,
  Variables,
} from "../src/nn/index.js"
import { expectClose, type GoldenCase, wave } from "./golden.js"
import golden from "./layers.golden.json" with { type: "json" }

/** Builds a layer in `variables` and returns it as a function of the golden inputs that are no variables. */
type Build = (variables: Variables) => (...inputs: tf.Tensor[]) => tf.Tensor

const image = (x: tf.Tensor | undefined): tf.Tensor4D => x as tf.Tensor4D

const convolution =
  (options: ConvOptions): Build =>
  (variables) => {
    const layer = conv(variables, "conv", options)
    return (x) => layer(image(x))
  }

const norm =
  (channels: number, mode: "train" | "evaluate"): Build =>
  (variables) => {
    const layer = batchNorm(variables, "norm", channels)
    if (mode === "evaluate") {
      variables.all["norm/running_mean"]!.assign(tf.fill([channels], 0.25))
      variables.all["norm/running_var"]!.assign(tf.fill([channels], 1.5))
    }
    return (x) => layer(x!, mode)
  }

const conditional =
  (channels: number): Build =>
  (variables) => {
    const layer = conditionalBatchNorm(variables, "norm", { channels, condition: 4 })
    return (x, condition) => layer(image(x), condition as tf.Tensor2D, "train")
  }

const layers: Readonly<Record<keyof typeof golden.cases, Build>> = {
  conv: convolution({ in: 3, out: 4, kernel: 3 }),
  "conv, stride 2, pad 1": convolution({ in: 3, out: 2, kernel: 3, stride: 2, pad: 1 }),
  "conv, kernel 4, stride 2, pad 1": convolution({ in: 2, out: 3, kernel: 4, stride: 2, pad: 1 }),
  "conv, pad 0": convolution({ in: 1, out: 3, kernel: 5, pad: 0 }),
  "conv, 16 to 16 channels": convolution({ in: 16, out: 16, kernel: 3 }),
  "conv, kernel 1": convolution({ in: 16, out: 8, kernel: 1 }),
  linear: (variables) => {
    const layer = linear(variables, "fc", { in: 5, out: 4 })
    return (x) => layer(x as tf.Tensor2D)
  },
  "batch norm, rank 4": norm(4, "train"),
  "batch norm, rank 4, 16 channels": norm(16, "train"),
  "batch norm, rank 2": norm(3, "train"),
  "batch norm, evaluate": norm(4, "evaluate"),
  "conditional batch norm, 3 channels": conditional(3),
  "conditional batch norm, 16 channels": conditional(16),
  "spectral norm of a conv": convolution({ in: 3, out: 4, kernel: 3, bias: false, spectral: true }),
  "spectral norm of a linear layer": (variables) => {
    const layer = linear(variables, "fc", { in: 5, out: 3, bias: false, spectral: true })
    return (x) => layer(x as tf.Tensor2D)
  },
  "down, 2 channels": () => (x) => down(image(x)),
  "down, 16 channels": () => (x) => down(image(x)),
  "up, 2 channels": () => (x) => up(image(x)),
  "up, 16 channels": () => (x) => up(image(x)),
  "residual block of 16 channels": (variables) => {
    const first = conv(variables, "first", { in: 16, out: 16, kernel: 3, bias: false })
    const normalize = batchNorm(variables, "norm", 16)
    const second = conv(variables, "second", { in: 16, out: 8, kernel: 3 })
    const skip = conv(variables, "skip", { in: 16, out: 8, kernel: 1, bias: false })
    return (x) => {
      const h: tf.Tensor4D = tf.leakyRelu(normalize(first(image(x)), "train"), 0.2)
      return down(tf.relu(second(up(h)).add<tf.Tensor4D>(skip(up(image(x))))))
    }
  },
}

export const layerNames = Object.keys(golden.cases) as (keyof typeof layers)[]

/** Expects PyTorch's value, gradients and states of one layer, on the current backend. */
export function expectGoldenLayer(name: keyof typeof layers): void {
  const expected: GoldenCase = golden.cases[name]
  const variables = new Variables(1)
  const layer = layers[name](variables)
  const others: Record<string, tf.Variable> = {}
  for (const [key, formula] of Object.entries(expected.inputs)) {
    const variable = variables.all[key]
    if (variable) variable.assign(wave(formula))
    else others[key] = tf.variable(wave(formula))
  }
  variables.powerIteration()
  const trained = Object.entries({ ...others, ...variables.trainable() })
  let value: tf.Tensor | undefined
  const { grads } = tf.variableGrads(
    () => {
      value = tf.keep(layer(...Object.values(others)))
      return tf.sum(tf.mul(value, wave(expected.dy)))
    },
    trained.map(([, variable]) => variable),
  )
  expectClose(value!.dataSync(), expected.value, "value")
  expect(trained.map(([key]) => key).sort()).toEqual(Object.keys(expected.gradients).sort())
  for (const [key, variable] of trained)
    expectClose(grads[variable.name]!.dataSync(), expected.gradients[key]!, `gradient of ${key}`)
  const states = expected as unknown as Readonly<Record<string, readonly number[] | undefined>>
  for (const [key, variable] of Object.entries(variables.all)) {
    const state =
      states[
        key
          .split("/")
          .at(-1)!
          .replace(/^weight_u$/, "u")
      ]
    if (state) expectClose(variable.dataSync(), state, key)
  }
  variables.dispose()
  tf.dispose([others, grads, value!])
}
