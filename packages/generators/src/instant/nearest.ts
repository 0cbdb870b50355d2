import {
  CounterfactualGenerator,
  checkShape,
  type Detector,
  type FitOptions,
  type GeneratedBatch,
  type ImageShape,
  type TrainingData,
} from "@ifnormal/core"
import type * as tf from "@tensorflow/tfjs-core"
import { batchOf, noNormals, numbersOf, rowsOf } from "./instant.js"
import { defaultExamples, Normals } from "./normals.js"
import { type NearestInput, type NearestOptions, nearestOptions } from "./options.js"
import { type Distance, featureDistance, pixelDistance, Ranking } from "./ranking.js"

/**
 * The nearest normal examples: concept k is the k-th nearest stored normal image that the detector scores near the
 * target. Real images, so never an adversarial look-alike; they show what normal is rather than what to change. Needs
 * scores only.
 */
export class NearestGenerator extends CounterfactualGenerator {
  readonly inputShape: ImageShape
  readonly concepts: number
  readonly options: NearestOptions
  readonly #normals: Normals
  readonly #ranking: Ranking

  /**
   * @param options input of `nearestOptions`; `distance` may also be a function
   * @throws ConfigError "detector-features" for distance "features" of a detector without
   */
  constructor(
    detector: Detector,
    {
      distance,
      ...options
    }: Omit<NearestInput, "distance"> & { distance?: Distance | "pixels" | "features" } = {},
  ) {
    super()
    const named = typeof distance === "function" ? {} : { distance }
    this.options = nearestOptions.parse({ ...options, ...named })
    this.inputShape = detector.inputShape
    this.concepts = this.options.concepts
    const known = this.options.distance === "features" ? () => featureDistance(detector) : () => pixelDistance
    this.#normals = new Normals(
      this.inputShape,
      this.options.examples ?? defaultExamples(this.inputShape, 256),
    )
    this.#ranking = new Ranking(detector, this.#normals, typeof distance === "function" ? distance : known())
  }

  get variables(): Readonly<Record<string, tf.Variable>> {
    return this.#normals.variables
  }

  /** Keeps normal images; trains nothing. */
  async fit(data: TrainingData, options: FitOptions): Promise<void> {
    await this.#normals.take(data, options.seed)
  }

  /** @throws ConfigError "generator-normals" before `fit` */
  async generate(x: tf.Tensor4D, alpha: tf.Tensor1D, concept: tf.Tensor1D): Promise<tf.Tensor4D> {
    checkShape(x, this.inputShape, 'Generator "nearest"')
    const concepts = await numbersOf(concept)
    const ranks = await this.#ranks(x, alpha)
    return batchOf(
      ranks.map(
        ({ images }, i) => images[Math.min(concepts[i] as number, images.length - 1)] as Float32Array,
      ),
      this.inputShape,
    )
  }

  /** @throws ConfigError "generator-normals" before `fit` */
  override async generateAll(
    x: tf.Tensor4D,
    alpha: tf.Tensor1D,
    concepts: readonly number[],
  ): Promise<readonly GeneratedBatch[]> {
    checkShape(x, this.inputShape, 'Generator "nearest"')
    const ranks = await this.#ranks(x, alpha)
    return concepts.map((k) => ({
      images: batchOf(
        ranks.map(({ images }) => images[Math.min(k, images.length - 1)] as Float32Array),
        this.inputShape,
      ),
      notes: ranks.map(({ images, note }) =>
        k < images.length
          ? note
          : `Only ${images.length} normal images to choose from; the last is repeated.`,
      ),
    }))
  }

  async #ranks(x: tf.Tensor4D, alpha: tf.Tensor1D) {
    const targets = await numbersOf(alpha)
    const ranks: { images: Float32Array[]; note: string | undefined }[] = []
    for (const [i, image] of (await rowsOf(x)).entries()) {
      const target = targets[i] as number
      const { near, all } = await this.#ranking.neighbors(image, target, this.options.tolerance)
      if (all.length === 0) throw noNormals("nearest")
      ranks.push({
        images: (near.length > 0 ? near : all).map((neighbor) => neighbor.image),
        note:
          near.length > 0
            ? undefined
            : `None of ${all.length} normal images scores within ${this.options.tolerance} of ${target}; these are the nearest of all.`,
      })
    }
    return ranks
  }
}
