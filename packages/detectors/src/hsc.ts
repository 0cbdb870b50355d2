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
import { createEncoder, defaultOutput, encoderOptions } from "./encoder.js"
import { centered, fittingOptions, requireOutliers, scheduleOf } from "./fitting.js"
import { hscLoss, oneMinusExp, pseudoHuber, squaredNorm } from "./losses.js"

export const hscOptions = z.strictObject({
  ...encoderOptions,
  ...fittingOptions,
  /** Length of f(x). Default, as eoe: 32 with cnn28, else 256. */
  features: z.int().min(1).max(4096).optional(),
  /** "eoe": 1e-9 inside the logarithm of the loss, which bounds its gradient. */
  quirks: z.enum(["none", "eoe"]).default("none"),
})
export type HscOptions = z.output<typeof hscOptions>

/** Inside eoe's logarithm. */
const EOE_EPSILON = 1e-9

/**
 * HSC, the hypersphere classifier with outlier exposure (paper section 4; eoe src/eoe/training/hsc.py). With
 * h = sqrt(|f(x)|^2 + 1) - 1, the pseudo-Huber distance of f(x) to the origin,
 *
 *   loss = mean(h for normal images, -log(1 - exp(-h)) for outliers),  raw = h,  phi = 1 - exp(-h)
 *
 * `features` is f(x). The network sees 2 x - 1.
 * @throws ShapeError "detector-shape" for images that the encoder does not take
 */
export class HscDetector extends Detector {
  readonly gradients = "exact"
  readonly #options: HscOptions
  readonly #variables: Variables
  readonly #network: (x: tf.Tensor4D, mode: Mode) => tf.Tensor2D

  constructor(
    readonly inputShape: ImageShape,
    seed: number,
    options: Partial<HscOptions> = {},
  ) {
    super()
    this.#options = hscOptions.parse(options)
    this.#variables = new Variables(seed)
    const { encode, size } = createEncoder(this.#variables, inputShape, this.#options, "hsc")
    const out = this.#options.features ?? defaultOutput(this.#options)
    const head = linear(this.#variables, "fc2", { in: size, out })
    this.#network = (x, mode) => tf.tidy(() => head(encode(centered(x), mode)))
  }

  get variables(): Readonly<Record<string, tf.Variable>> {
    return this.#variables.all
  }

  rawScore(x: tf.Tensor4D): tf.Tensor1D {
    return tf.tidy(() => pseudoHuber(squaredNorm(this.features(x))))
  }

  bound(raw: tf.Tensor1D): tf.Tensor1D {
    return tf.tidy(() => oneMinusExp(raw))
  }

  override features(x: tf.Tensor4D): tf.Tensor2D {
    checkShape(x, this.inputShape, 'Detector "hsc"')
    return this.#network(x, "evaluate")
  }

  /** @throws TrainingError "training-outliers", "nan", "stopped" */
  async fit(data: TrainingData, options: FitOptions): Promise<void> {
    requireOutliers(data, "hsc")
    const epsilon = this.#options.quirks === "eoe" ? EOE_EPSILON : 0
    await train({
      data,
      options,
      variables: this.variables,
      name: "hsc",
      schedule: scheduleOf(this.#options),
      loss: ({ x, outlier }) =>
        hscLoss(pseudoHuber(squaredNorm(this.#network(x, "train"))), outlier, epsilon),
    })
  }
}
