import {
  CounterfactualGenerator,
  checkShape,
  type Detector,
  type FitOptions,
  type GeneratedBatch,
  type ImageShape,
  normals,
  stream,
  type TrainingData,
} from "@ifnormal/core"
import type * as tf from "@tensorflow/tfjs-core"
import { batchOf, NOISE, noNormals, numbersOf, phiOf, rowsOf } from "./instant.js"
import { defaultExamples, Normals } from "./normals.js"
import { type SearchInput, type SearchOptions, searchOptions } from "./options.js"
import { searchPatches } from "./patches.js"
import { pixelDistance, Ranking } from "./ranking.js"

interface Result {
  readonly image: Float32Array
  readonly note: string | undefined
}

/**
 * Counterfactuals from scores alone, for detectors of gradients "none": patches of a normal image replace those of the
 * image, and are given back as long as the score stays near the target; see `searchPatches`. Concept k takes the k-th
 * nearest normal image. Deterministic by the option `seed`; every image is searched alone.
 */
export class SearchGenerator extends CounterfactualGenerator {
  readonly inputShape: ImageShape
  readonly concepts: number
  readonly options: SearchOptions
  readonly #detector: Detector
  readonly #normals: Normals
  readonly #ranking: Ranking
  readonly #noise: Float32Array

  /** @param options input of `searchOptions`; what is left out has its default */
  constructor(detector: Detector, options: SearchInput = {}) {
    super()
    this.options = searchOptions.parse(options)
    this.inputShape = detector.inputShape
    this.concepts = this.options.concepts
    this.#detector = detector
    this.#normals = new Normals(
      this.inputShape,
      this.options.examples ?? defaultExamples(this.inputShape, 64),
    )
    // Whole patches of real images need less margin than single pixels, and must start from a donor that passes.
    const random = stream(this.options.seed, "search", "noise")
    const size = this.inputShape[0] * this.inputShape[1] * this.inputShape[2]
    this.#noise = normals(random, size).map((value) => 0.8 * NOISE * value)
    this.#ranking = new Ranking(detector, this.#normals, pixelDistance)
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
    checkShape(x, this.inputShape, 'Generator "search"')
    const concepts = await numbersOf(concept)
    const targets = await numbersOf(alpha)
    const images: Float32Array[] = []
    for (const [i, image] of (await rowsOf(x)).entries()) {
      const [result] = await this.#search(image, targets[i] as number, [concepts[i] as number])
      images.push((result as Result).image)
    }
    return batchOf(images, this.inputShape)
  }

  /** @throws ConfigError "generator-normals" before `fit` */
  override async generateAll(
    x: tf.Tensor4D,
    alpha: tf.Tensor1D,
    concepts: readonly number[],
    signal?: AbortSignal,
  ): Promise<readonly GeneratedBatch[]> {
    checkShape(x, this.inputShape, 'Generator "search"')
    const targets = await numbersOf(alpha)
    const results: Result[][] = []
    for (const [i, image] of (await rowsOf(x)).entries())
      results.push(await this.#search(image, targets[i] as number, concepts, signal))
    return concepts.map((_, k) => ({
      images: batchOf(
        results.map((row) => (row[k] as Result).image),
        this.inputShape,
      ),
      notes: results.map((row) => row[k]?.note),
    }))
  }

  async #search(
    x: Float32Array,
    alpha: number,
    concepts: readonly number[],
    signal?: AbortSignal,
  ): Promise<Result[]> {
    const { evaluations, seconds, tolerance, batchSize, patch, robust } = this.options
    const { near, all } = await this.#ranking.neighbors(x, alpha, tolerance)
    if (all.length === 0) throw noNormals("search")
    const until = performance.now() + 1000 * seconds
    const [score] = await phiOf([x], this.#detector)
    const results: Result[] = []
    for (const concept of concepts) {
      const donor = near[Math.min(concept, near.length - 1)]
      if (Math.abs((score as number) - alpha) <= tolerance) {
        results.push({ image: x, note: "The image reaches the target as it is; nothing was changed." })
        continue
      }
      if (!donor) {
        results.push({
          image: x,
          note: `No counterfactual found: none of ${all.length} normal images scores within ${tolerance} of ${alpha} to take patches from.`,
        })
        continue
      }
      const noisy = robust ? await this.#noisyScore(donor.image) : undefined
      const withNoise = noisy !== undefined && Math.abs(noisy - alpha) <= tolerance
      const found = await searchPatches(
        x,
        donor.image,
        {
          shape: this.inputShape,
          alpha,
          tolerance,
          batchSize,
          patch: patch ?? Math.max(1, Math.round(Math.max(this.inputShape[0], this.inputShape[1]) / 32)),
          score: (images) =>
            phiOf(withNoise ? images.map((image) => this.#withNoise(image)) : images, this.#detector),
        },
        { evaluations, until, signal },
      )
      const repeated =
        concept < near.length
          ? undefined
          : `Only ${near.length} normal images score near the target; the last is used again.`
      const cut = found.end
        ? `The search ended before the smallest patches (${found.end}); the change may be larger than needed.`
        : undefined
      results.push({ image: found.image, note: repeated ?? cut })
    }
    return results
  }

  #withNoise(image: Float32Array): Float32Array {
    return image.map((value, i) => Math.min(1, Math.max(0, value + (this.#noise[i] as number))))
  }

  async #noisyScore(image: Float32Array): Promise<number> {
    return (await phiOf([this.#withNoise(image)], this.#detector))[0] as number
  }
}
