import {
  ConfigError,
  checkShape,
  DataError,
  Detector,
  type FitOptions,
  type ImageShape,
  type TrainingData,
} from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { Bound, type BoundOptions, boundOptions } from "./bound.js"
import { calibrate } from "./calibration.js"

export interface FunctionDetectorOptions {
  /** Height, width, channels of the images that `score` takes. */
  readonly inputShape: ImageShape
  /**
   * Anomaly scores of n images, any scale, higher is more anomalous.
   * @param images float32 in [0, 1], [n, height, width, channels] row-major; a copy
   */
  readonly score: (images: Float32Array, n: number) => ArrayLike<number> | Promise<ArrayLike<number>>
  /** Default: calibrated on normal images by `fit`, see `Bound`. */
  readonly bound?: BoundOptions
}

/**
 * Any function as a detector: a remote scorer, a model of another library, a rule. It has scores only (gradients
 * "none"), so `nearest` and score-only search explain it, while the GAN and `gradient` do not.
 * @throws ConfigError "config-invalid" for a bound that is none
 */
export function functionDetector(options: FunctionDetectorOptions): FunctionDetector {
  return new FunctionDetector(options)
}

/** See `functionDetector`. */
export class FunctionDetector extends Detector {
  readonly inputShape: ImageShape
  readonly gradients = "none"
  readonly #score: FunctionDetectorOptions["score"]
  readonly #bound: Bound

  constructor({ inputShape, score, bound }: FunctionDetectorOptions) {
    super()
    this.inputShape = inputShape
    this.#score = score
    const parsed = boundOptions.optional().safeParse(bound)
    if (!parsed.success)
      throw new ConfigError({
        code: "config-invalid",
        message: `The bound is ${JSON.stringify(bound)}, expected "unit" or { threshold, scale } with a scale above 0.`,
        next: "Leave it out to calibrate it on normal images.",
        cause: parsed.error,
      })
    this.#bound = new Bound(parsed.data)
  }

  get variables(): Readonly<Record<string, tf.Variable>> {
    return this.#bound.variables
  }

  /** @throws ConfigError "detector-scores-only", always */
  rawScore(): tf.Tensor1D {
    throw scoresOnly("A function")
  }

  /** @throws ShapeError "shape-images"; DataError "data-score" unless the function gives one finite score an image */
  override async rawScoreBatch(x: tf.Tensor4D): Promise<tf.Tensor1D> {
    checkShape(x, this.inputShape, "The function")
    const n = x.shape[0]
    const scores = Float32Array.from(await this.#score((await x.data<"float32">()).slice(), n))
    if (scores.length === n && scores.every(Number.isFinite)) return tf.tensor1d(scores)
    const bad = scores.findIndex((score) => !Number.isFinite(score))
    throw new DataError({
      code: "data-score",
      message: `The function gave ${scores.length === n ? `${scores[bad]} for image ${bad}` : `${scores.length} scores`}, expected ${n} finite numbers.`,
      next: "Return one score for each image, in the images' order.",
    })
  }

  bound(raw: tf.Tensor1D): tf.Tensor1D {
    return this.#bound.apply(raw)
  }

  /** Calibrates the bound unless it was given. @throws TrainingError "stopped"; DataError "data-score" */
  async fit(data: TrainingData, options: FitOptions): Promise<void> {
    await calibrate(this.#bound, (x) => this.rawScoreBatch(x), data, options)
  }
}

/** What `rawScore` of a detector without gradients throws. */
export function scoresOnly(what: string): ConfigError {
  return new ConfigError({
    code: "detector-scores-only",
    message: `${what} has scores only, where a score with gradients is asked for.`,
    next: "Call rawScoreBatch; explain it with the generator nearest or with score-only search.",
  })
}
