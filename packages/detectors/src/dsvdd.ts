import {
  checkShape,
  compiled,
  constant,
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
import { calibratedScale, center, dsvddBound } from "./dsvdd-rules.js"
import { createEncoder, defaultOutput, encoderOptions } from "./encoder.js"
import { centered, fittingOptions, scheduleOf } from "./fitting.js"
import { squaredNorm } from "./losses.js"

export const dsvddOptions = z.strictObject({
  ...encoderOptions,
  ...fittingOptions,
  /** Length of f(x). Default, as eoe: 32 with cnn28, else 256. */
  features: z.int().min(1).max(4096).optional(),
  /** "rational": t^2 / (t^2 + 1), t = d / scale, d = |f - c|^2. "exponential": 1 - exp(-h / scale), h = sqrt(d + 1) - 1. */
  bound: z.enum(["rational", "exponential"]).default("rational"),
  /** "eoe": the center from images in [0, 1] and the statistics of each batch; entries that are exactly 0 stay 0. */
  quirks: z.enum(["none", "eoe"]).default("none"),
})
export type DsvddOptions = z.output<typeof dsvddOptions>

/** Normal images that center and scale are computed from, at most. Our choice. */
const SAMPLE = 4096
const SAMPLE_BATCH = 128

/**
 * Deep SVDD (Ruff et al. 2018; eoe src/eoe/training/dsvdd.py), from normal images only:
 *
 *   loss = mean |f(x) - c|^2,  raw = |f(x) - c|^2,  phi = t^2 / (t^2 + 1), t = raw / scale
 *
 * c is the mean of f over normal images before training (`center`), scale is set after it so that 95 % of the normal
 * training images have phi <= 0.25 (our choice; the paper's bound is in an appendix that is not public to us). Both are
 * stored variables. Nothing that is trained has a bias, against the collapse to a constant f = c (Ruff et al. 2018).
 * `features` is f(x) - c. The network sees 2 x - 1.
 * @throws ShapeError "detector-shape" for images that the encoder does not take
 */
export class DsvddDetector extends Detector {
  readonly gradients = "exact"
  readonly #options: DsvddOptions
  readonly #variables: Variables
  readonly #center: tf.Variable
  readonly #scale: tf.Variable
  /** f of images in [-1, 1]. */
  readonly #network: (x: tf.Tensor4D, mode: Mode) => tf.Tensor2D

  constructor(
    readonly inputShape: ImageShape,
    seed: number,
    options: Partial<DsvddOptions> = {},
  ) {
    super()
    this.#options = dsvddOptions.parse(options)
    this.#variables = new Variables(seed)
    const { encode, size } = createEncoder(this.#variables, inputShape, this.#options, "dsvdd")
    const out = this.#options.features ?? defaultOutput(this.#options)
    const head = linear(this.#variables, "fc2", { in: size, out, bias: false })
    this.#network = (x, mode) => head(encode(x, mode))
    // What is left are the shifts of the batch norms, which stay 0.
    for (const [name, variable] of Object.entries(this.variables))
      if (name.endsWith("/bias")) variable.trainable = false
    this.#center = this.#variables.create("center", [out], constant(0), false)
    this.#scale = this.#variables.create("scale", [1], constant(1), false)
  }

  get variables(): Readonly<Record<string, tf.Variable>> {
    return this.#variables.all
  }

  rawScore(x: tf.Tensor4D): tf.Tensor1D {
    return tf.tidy(() => squaredNorm(this.features(x)))
  }

  bound(raw: tf.Tensor1D): tf.Tensor1D {
    return tf.tidy(() => dsvddBound(raw, this.#scale, this.#options.bound))
  }

  override features(x: tf.Tensor4D): tf.Tensor2D {
    checkShape(x, this.inputShape, 'Detector "dsvdd"')
    return this.#distance(x, "evaluate")
  }

  /** @throws TrainingError "nan", "stopped" */
  async fit(data: TrainingData, options: FitOptions): Promise<void> {
    if (!options.resume) await this.#setCenter(data, options.seed)
    await train({
      data,
      options,
      variables: this.variables,
      name: "dsvdd",
      outliers: false,
      schedule: scheduleOf(this.#options),
      loss: ({ x }) => squaredNorm(this.#distance(x, "train")).mean(),
    })
    const raw = await collect(data, options.seed, (x) => this.rawScore(x))
    const scale = calibratedScale(raw.flat(), this.#options.bound)
    tf.tidy(() => this.#scale.assign(tf.tensor1d([scale])))
  }

  #distance(x: tf.Tensor4D, mode: Mode): tf.Tensor2D {
    return tf.tidy(() => this.#network(centered(x), mode).sub(this.#center))
  }

  // Statistics of the batch norms first, then the mean of f under them; eoe takes each batch's own in one pass.
  async #setCenter(data: TrainingData, seed: number): Promise<void> {
    const eoe = this.#options.quirks === "eoe"
    const means = (mode: Mode) =>
      collect(data, seed, (x) => this.#network(eoe ? x : centered(x), mode).mean<tf.Tensor1D>(0))
    const train = await means("train")
    const found = center(eoe ? train : await means("evaluate"), this.#options.quirks)
    tf.tidy(() => this.#center.assign(tf.tensor1d(found)))
  }
}

/** What `measure` says about batches of normal images, as many as there are, at most `SAMPLE`. */
async function collect(
  data: TrainingData,
  seed: number,
  measure: (x: tf.Tensor4D) => tf.Tensor1D,
): Promise<number[][]> {
  const run = compiled((x: tf.Tensor4D) => tf.tidy(() => measure(x)))
  const size = Math.min(data.length, SAMPLE_BATCH)
  const batches = Math.ceil(Math.min(data.length, SAMPLE) / size)
  const values: number[][] = []
  for await (const { x } of data.batches({ size, seed, outliers: false })) {
    const measured = run(x)
    values.push([...(await measured.data())])
    measured.dispose()
    if (values.length === batches) break
  }
  return values
}
