import * as tf from "@tensorflow/tfjs-core"
import { z } from "zod"
import type { Dataset } from "../src/contract/dataset.js"
import { Detector } from "../src/contract/detector.js"
import { IfnormalError } from "../src/contract/errors.js"
import { CounterfactualGenerator } from "../src/contract/generator.js"
import type { ImageShape, ImageSource } from "../src/contract/images.js"
import { definePlugin, detector, generator } from "../src/contract/plugin.js"

/** phi(x) = gain * mean pixel, so that tests can say what a score is. */
export class MeanDetector extends Detector {
  readonly gradients = "exact"
  readonly variables: { gain: tf.Variable; offset: tf.Variable }

  constructor(
    readonly inputShape: ImageShape = [2, 2, 1],
    gain = 1,
    readonly width = 1,
  ) {
    super()
    this.variables = {
      gain: tf.tidy(() => tf.variable(tf.fill([width], gain))),
      offset: tf.tidy(() => tf.variable(tf.scalar(0))),
    }
  }
  async fit(): Promise<void> {}
  rawScore(x: tf.Tensor4D): tf.Tensor1D {
    return tf.tidy(() =>
      tf.add(tf.mul(tf.mean(x, [1, 2, 3]), tf.slice(this.variables.gain, 0, 1)), this.variables.offset),
    ) as tf.Tensor1D
  }
  bound(raw: tf.Tensor1D): tf.Tensor1D {
    return tf.clipByValue(raw, 0, 1)
  }
}

/** Applies one function of the image to each concept. */
export class TableGenerator extends CounterfactualGenerator {
  readonly variables: { scale: tf.Variable }
  constructor(
    readonly table: readonly ((x: tf.Tensor4D, alpha: tf.Tensor1D) => tf.Tensor4D)[],
    readonly inputShape: ImageShape = [2, 2, 1],
  ) {
    super()
    this.variables = { scale: tf.tidy(() => tf.variable(tf.scalar(1))) }
  }
  get concepts(): number {
    return this.table.length
  }
  async fit(): Promise<void> {}
  async generate(x: tf.Tensor4D, alpha: tf.Tensor1D, concept: tf.Tensor1D): Promise<tf.Tensor4D> {
    const k = (await concept.data())[0] as number
    return tf.tidy(() => (this.table[k] as (typeof this.table)[0])(x, alpha))
  }
}

export const fakes = definePlugin({
  name: "@ifnormal/fakes",
  version: "1.2.3",
  contract: 1,
  detectors: {
    mean: detector({
      options: z.strictObject({ width: z.int().min(1).max(8).default(1) }),
      create: ({ width }, { inputShape }) => new MeanDetector(inputShape, 1, width),
    }),
  },
  generators: {
    table: generator({
      options: z.strictObject({ concepts: z.int().min(1).default(2) }),
      create: ({ concepts }, context) =>
        new TableGenerator(
          Array.from({ length: concepts }, () => (x: tf.Tensor4D) => tf.zerosLike(x)),
          context.detector.inputShape,
        ),
    }),
  },
})

/** n images of [1, 2, 1]; both pixels of image i are i % 256. */
export function ramp(n: number, labels: (i: number) => number = () => 0): ImageSource {
  return {
    shape: [1, 2, 1],
    length: n,
    labels: Int32Array.from({ length: n }, (_, i) => labels(i)),
    read: async (indices) => Uint8Array.from(indices.flatMap((i) => [i % 256, i % 256])),
  }
}

/** Three classes by turns, two colors by half, 60 training and 30 test images. */
export function shapes(name = "shapes", classNames = ["circle", "square", "star"]): Dataset {
  const source = (n: number): ImageSource => ({
    ...ramp(n, (i) => i % classNames.length),
    attributes: { color: Int32Array.from({ length: n }, (_, i) => (i < n / 2 ? 0 : 1)) },
    attributeNames: { color: ["red", "cyan"] },
  })
  return {
    name,
    classNames,
    license: "made by the test",
    train: async () => source(60),
    test: async () => source(30),
  }
}

/** The error that `run` throws, which must be one of ifnormal's. */
export async function thrown(run: () => unknown): Promise<IfnormalError> {
  try {
    await run()
  } catch (error) {
    if (IfnormalError.isInstance(error)) return error
    throw error
  }
  throw new Error("nothing was thrown")
}
