import {
  checkShape,
  cosine,
  Detector,
  type FitOptions,
  type ImageShape,
  type Mode,
  ShapeError,
  stepDecay,
  type TrainingData,
  train,
  Variables,
} from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { z } from "zod"
import { cnn28 } from "./cnn28.js"

export const bceOptions = z.strictObject({
  /** Channels of the first convolution; 16 is eoe's CNN28. */
  width: z.int().min(1).max(256).default(16),
  /**
   * Learning rate over the training. "cosine": to 0 (our choice: better within a few hundred steps). "decay": times
   * 0.1 after two thirds (as eoe lowers it, in proportion).
   */
  schedule: z.enum(["cosine", "decay"]).default("cosine"),
})
export type BceOptions = z.output<typeof bceOptions>

/**
 * BCE-OE: a binary classifier of normal images (0) against outlier exposure (1); paper section 4, eoe's training
 * (Adam), with a shorter schedule.
 * The raw score is the logit, phi = sigmoid(logit). The network sees 2 x - 1.
 * @throws ShapeError "detector-shape" unless height and width are multiples of 4
 */
export class BceDetector extends Detector {
  readonly gradients = "exact"
  readonly #options: BceOptions
  readonly #variables: Variables
  readonly #network: (x: tf.Tensor4D, mode: Mode) => tf.Tensor1D

  constructor(
    readonly inputShape: ImageShape,
    seed: number,
    options: Partial<BceOptions> = {},
  ) {
    super()
    const [height, width] = inputShape
    if (height % 4 !== 0 || width % 4 !== 0)
      throw new ShapeError({
        code: "detector-shape",
        message: `Images are ${height} x ${width}; detector "bce" expects multiples of 4.`,
        next: "Resize the images, e.g. to 28 x 28 or 32 x 32.",
      })
    this.#options = bceOptions.parse(options)
    this.#variables = new Variables(seed)
    this.#network = cnn28(this.#variables, inputShape, this.#options.width)
  }

  get variables(): Readonly<Record<string, tf.Variable>> {
    return this.#variables.all
  }

  rawScore(x: tf.Tensor4D): tf.Tensor1D {
    checkShape(x, this.inputShape, 'Detector "bce"')
    return this.#logits(x, "evaluate")
  }

  bound(raw: tf.Tensor1D): tf.Tensor1D {
    return raw.sigmoid()
  }

  /** @throws TrainingError "nan", "stopped" */
  async fit(data: TrainingData, options: FitOptions): Promise<void> {
    await train({
      data,
      options,
      variables: this.variables,
      name: "bce",
      schedule: this.#options.schedule === "cosine" ? cosine(0) : stepDecay(2 / 3, 0.1),
      loss: ({ x, outlier }) => sigmoidCrossEntropy(this.#logits(x, "train"), outlier),
    })
  }

  #logits(x: tf.Tensor4D, mode: Mode): tf.Tensor1D {
    return tf.tidy(() => this.#network(x.mul<tf.Tensor4D>(2).sub<tf.Tensor4D>(1), mode))
  }
}

/**
 * -(y log sigmoid(l) + (1 - y) log(1 - sigmoid(l))) = max(l, 0) - l y + log(1 + exp(-|l|)), batch mean.
 * @param logits [batch]
 * @param outlier [batch] in {0, 1}
 */
export function sigmoidCrossEntropy(logits: tf.Tensor1D, outlier: tf.Tensor1D): tf.Scalar {
  return logits.relu().sub(logits.mul(outlier)).add(logits.abs().neg().exp().log1p()).mean()
}
