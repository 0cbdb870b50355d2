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
import { Descent, type Found } from "./descend.js"
import { batchOf, meanDistance, noNormals, numbersOf, phiOf, requireGradients, rowsOf } from "./instant.js"
import { defaultExamples, Normals } from "./normals.js"
import { noteOf } from "./note.js"
import { type GradientInput, type GradientOptions, gradientOptions } from "./options.js"

/**
 * Counterfactuals without training: the image itself is optimized against the exact phi,
 *   min over d of L_phi(phi(x + d), alpha) + l1 |d|_1 + totalVariation TV(d), 0 <= x + d <= 1,
 * for all concepts at once, each pushed away from those before it. The smallest change that reaches the target, also
 * under noise and blur, is kept. L1 by its proximal map as in the elastic-net attack (Chen et al. 2018) and the
 * contrastive explanation method (Dhurandhar et al. 2018); noise and blur as expectation over transformation (Athalye et
 * al. 2018). Every image is searched alone, so its result does not depend on its batch.
 */
export class GradientGenerator extends CounterfactualGenerator {
  readonly inputShape: ImageShape
  readonly concepts: number
  readonly options: GradientOptions
  readonly #detector: Detector
  readonly #normals: Normals | undefined
  readonly #descent: Descent

  /**
   * @param options input of `gradientOptions`; what is left out has its default
   * @throws ConfigError "detector-gradients" when the detector has gradients "none"
   */
  constructor(detector: Detector, options: GradientInput = {}) {
    super()
    requireGradients(detector)
    this.options = gradientOptions.parse(options)
    this.inputShape = detector.inputShape
    this.concepts = this.options.concepts
    this.#detector = detector
    const { prior, examples, smooth, seed, ...search } = this.options
    this.#normals =
      prior === "none"
        ? undefined
        : new Normals(this.inputShape, examples ?? defaultExamples(this.inputShape, 64))
    const side = Math.max(this.inputShape[0], this.inputShape[1])
    this.#descent = new Descent(detector, this.inputShape, { ...search, smooth: smooth ?? side / 64 }, seed)
  }

  get variables(): Readonly<Record<string, tf.Variable>> {
    return this.#normals?.variables ?? {}
  }

  /** Keeps normal images for the prior; trains nothing. */
  async fit(data: TrainingData, options: FitOptions): Promise<void> {
    await this.#normals?.take(data, options.seed)
  }

  async generate(x: tf.Tensor4D, alpha: tf.Tensor1D, concept: tf.Tensor1D): Promise<tf.Tensor4D> {
    checkShape(x, this.inputShape, 'Generator "gradient"')
    const concepts = await numbersOf(concept)
    const images: Float32Array[] = []
    for await (const { best } of this.#searches(x, alpha))
      images.push(best[concepts[images.length] as number]!.image)
    return batchOf(images, this.inputShape)
  }

  /** All K are searched whatever `concepts` asks for, so that a concept's result does not depend on the others asked. */
  override async generateAll(
    x: tf.Tensor4D,
    alpha: tf.Tensor1D,
    concepts: readonly number[],
    signal?: AbortSignal,
  ): Promise<readonly GeneratedBatch[]> {
    checkShape(x, this.inputShape, 'Generator "gradient"')
    const found: Found[] = []
    for await (const one of this.#searches(x, alpha, signal)) found.push(one)
    return concepts.map((k) => ({
      images: batchOf(
        found.map(({ best }) => best[k]!.image),
        this.inputShape,
      ),
      notes: found.map((one) => noteOf(one, k)),
    }))
  }

  async *#searches(x: tf.Tensor4D, alpha: tf.Tensor1D, signal?: AbortSignal): AsyncGenerator<Found> {
    const targets = await numbersOf(alpha)
    const normal = (await this.#normals?.images()) ?? []
    if (this.options.prior === "normal" && normal.length === 0) throw noNormals("gradient")
    for (const [i, image] of (await rowsOf(x)).entries()) {
      const [score] = await phiOf([image], this.#detector)
      const donors = normal.length > 0 ? nearest(image, normal, this.concepts) : undefined
      yield await this.#descent.search(image, score as number, targets[i] as number, donors, signal)
    }
  }
}

/** The `k` nearest of `normal`, the first again where there are fewer. */
function nearest(image: Float32Array, normal: readonly Float32Array[], k: number): Float32Array[] {
  const ranked = normal
    .map((other) => ({ other, distance: meanDistance(image, other) }))
    .sort((a, b) => a.distance - b.distance)
  return Array.from({ length: k }, (_, i) => ranked[i % ranked.length]!.other)
}
