import {
  checkShape,
  Detector,
  type FitOptions,
  type ImageShape,
  linear,
  type Mode,
  type TrainingData,
  train,
  Variables,
} from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { z } from "zod"
import { createEncoder, type Encoder, encoderOptions } from "./encoder.js"
import { centered, fittingOptions, requireOutliers, scheduleOf } from "./fitting.js"
import { sigmoidCrossEntropy } from "./losses.js"

export const bceOptions = z.strictObject({ ...encoderOptions, ...fittingOptions })
export type BceOptions = z.output<typeof bceOptions>

/**
 * A binary classifier of normal images (0) against others (1): BCE-OE where those are outlier exposure ("bce"; paper
 * section 4, eoe src/eoe/training/bce.py), the supervised classifier where they are true anomalies of some kinds
 * ("supervised"; paper section 5.3).
 *
 *   loss = -mean(y log phi + (1 - y) log(1 - phi)),  raw = logit(x),  phi = sigmoid(raw)
 *
 * `features` is the encoder's output, before the last linear layer. The network sees 2 x - 1.
 * @throws ShapeError "detector-shape" for images that the encoder does not take
 */
export class BceDetector extends Detector {
  readonly gradients = "exact"
  readonly #options: BceOptions
  readonly #variables: Variables
  readonly #encoder: Encoder
  readonly #head: (features: tf.Tensor2D) => tf.Tensor2D

  constructor(
    readonly inputShape: ImageShape,
    seed: number,
    options: Partial<BceOptions> = {},
    /** Type name, for errors and logs. */
    readonly type: "bce" | "supervised" = "bce",
  ) {
    super()
    this.#options = bceOptions.parse(options)
    this.#variables = new Variables(seed)
    this.#encoder = createEncoder(this.#variables, inputShape, this.#options, type)
    this.#head = linear(this.#variables, "fc2", { in: this.#encoder.size, out: 1 })
  }

  get variables(): Readonly<Record<string, tf.Variable>> {
    return this.#variables.all
  }

  rawScore(x: tf.Tensor4D): tf.Tensor1D {
    return tf.tidy(() => this.#head(this.features(x)).reshape([x.shape[0]]))
  }

  bound(raw: tf.Tensor1D): tf.Tensor1D {
    return raw.sigmoid()
  }

  override features(x: tf.Tensor4D): tf.Tensor2D {
    checkShape(x, this.inputShape, `Detector "${this.type}"`)
    return this.#encode(x, "evaluate")
  }

  /** @throws TrainingError "training-outliers", "nan", "stopped" */
  async fit(data: TrainingData, options: FitOptions): Promise<void> {
    requireOutliers(data, this.type)
    await train({
      data,
      options,
      variables: this.variables,
      name: "bce",
      schedule: scheduleOf(this.#options),
      loss: ({ x, outlier }) =>
        sigmoidCrossEntropy(this.#head(this.#encode(x, "train")).reshape([x.shape[0]]), outlier),
    })
  }

  #encode(x: tf.Tensor4D, mode: Mode): tf.Tensor2D {
    return tf.tidy(() => this.#encoder.encode(centered(x), mode))
  }
}
