import {
  checkShape,
  conv,
  Detector,
  type FitOptions,
  type ImageShape,
  type Mode,
  type TrainingData,
  train,
  Variables,
} from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { z } from "zod"
import { convStack, requireMultiple } from "./cnn.js"
import { centered, fittingOptions, requireOutliers, scheduleOf } from "./fitting.js"
import { hscLoss, oneMinusExp, pseudoHuber } from "./losses.js"
import { type Layer, type ReceptiveField, receptiveField, receptiveUpsample } from "./receptive.js"

export const fcddOptions = z.strictObject({
  /** "cnn28": two convolutions, for 28 x 28. "cnn32": three, for 32 x 32. Sides are multiples of 4. */
  encoder: z.enum(["cnn28", "cnn32"]).default("cnn28"),
  /** Channels of the first convolution. Default 8 (cnn28) or 32 (cnn32), as fcdd. */
  width: z.int().min(1).max(256).optional(),
  ...fittingOptions,
  /** Standard deviation of the heatmap's Gaussian, pixels. Default: fcdd's for the receptive field. */
  deviation: z.number().positive().max(100).optional(),
  /** "eoe": the authors' epsilon inside the logarithm, in fcdd 1e-31. */
  quirks: z.enum(["none", "eoe"]).default("none"),
})
export type FcddOptions = z.output<typeof fcddOptions>

/** Inside fcdd's logarithm. */
const FCDD_EPSILON = 1e-31

const block: readonly Layer[] = [
  { kernel: 5, stride: 1, pad: 2 },
  { kernel: 2, stride: 2, pad: 0 },
]
const kinds = {
  cnn28: { width: 8, multiples: [1, 2], field: receptiveField([...block, ...block]) },
  cnn32: { width: 32, multiples: [1, 2, 4], field: receptiveField([...block, ...block, block[0]!]) },
}

/**
 * FCDD (Liznerski et al. 2021; figure 9 of the paper; fcdd python/fcdd/training/fcdd.py): HSC per cell of a
 * fully convolutional network's output z, with outlier exposure. With h = mean over cells of a, a = sqrt(z^2 + 1) - 1,
 *
 *   loss = mean(h for normal images, -log(1 - exp(-h)) for outliers),  raw = h,  phi = 1 - exp(-h)
 *
 * `anomalyMap` is a, spread over each cell's receptive field (`receptiveUpsample`), never normalized per image.
 * `features` are the cells' vectors before the last, 1x1 convolution. The network sees 2 x - 1.
 * @throws ShapeError "detector-shape" unless height and width are multiples of 4
 */
export class FcddDetector extends Detector {
  readonly gradients = "exact"
  readonly #options: FcddOptions
  readonly #variables: Variables
  readonly #field: ReceptiveField
  readonly #stack: (x: tf.Tensor4D, mode: Mode) => tf.Tensor4D
  readonly #head: (x: tf.Tensor4D) => tf.Tensor4D

  constructor(
    readonly inputShape: ImageShape,
    seed: number,
    options: Partial<FcddOptions> = {},
  ) {
    super()
    this.#options = fcddOptions.parse(options)
    const kind = kinds[this.#options.encoder]
    requireMultiple(inputShape, 4, "fcdd")
    this.#field = kind.field
    this.#variables = new Variables(seed)
    const width = this.#options.width ?? kind.width
    const channels = kind.multiples.map((multiple) => multiple * width)
    this.#stack = convStack(this.#variables, inputShape[2], channels, 2)
    this.#head = conv(this.#variables, "final", { in: channels.at(-1)!, out: 1, kernel: 1 })
  }

  get variables(): Readonly<Record<string, tf.Variable>> {
    return this.#variables.all
  }

  rawScore(x: tf.Tensor4D): tf.Tensor1D {
    return tf.tidy(() => meanOverCells(this.#cells(x, "evaluate")))
  }

  bound(raw: tf.Tensor1D): tf.Tensor1D {
    return tf.tidy(() => oneMinusExp(raw))
  }

  override features(x: tf.Tensor4D): tf.Tensor2D {
    checkShape(x, this.inputShape, 'Detector "fcdd"')
    return tf.tidy(() => this.#stack(centered(x), "evaluate").reshape([x.shape[0], -1]))
  }

  override async anomalyMap(x: tf.Tensor4D): Promise<tf.Tensor4D> {
    const [height, width] = this.inputShape
    return tf.tidy(() =>
      receptiveUpsample(this.#cells(x, "evaluate"), this.#field, [height, width], this.#options.deviation),
    )
  }

  /** @throws TrainingError "training-outliers", "nan", "stopped" */
  async fit(data: TrainingData, options: FitOptions): Promise<void> {
    requireOutliers(data, "fcdd")
    const epsilon = this.#options.quirks === "eoe" ? FCDD_EPSILON : 0
    await train({
      data,
      options,
      variables: this.variables,
      name: "fcdd",
      schedule: scheduleOf(this.#options),
      loss: ({ x, outlier }) => hscLoss(meanOverCells(this.#cells(x, "train")), outlier, epsilon),
    })
  }

  /** a, [batch, h, w, 1] */
  #cells(x: tf.Tensor4D, mode: Mode): tf.Tensor4D {
    checkShape(x, this.inputShape, 'Detector "fcdd"')
    return tf.tidy(() => pseudoHuber(this.#head(this.#stack(centered(x), mode)).square<tf.Tensor4D>()))
  }
}

/** [batch] */
export function meanOverCells(cells: tf.Tensor4D): tf.Tensor1D {
  return cells.mean([1, 2, 3])
}
