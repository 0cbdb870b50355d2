import { ConfigError, type Detector, type Image } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { batchOf, meanDistance, phiOf } from "./instant.js"
import type { Normals } from "./normals.js"

/**
 * Distances of one image to many, in their order; of any scale, smaller is more alike. Given in code, it may be LPIPS or
 * anything else that compares images.
 */
export type Distance = (
  image: Image,
  examples: readonly Image[],
) => readonly number[] | Promise<readonly number[]>

/** Mean absolute difference of pixels. */
export const pixelDistance: Distance = (image, examples) =>
  examples.map((example) => meanDistance(image.data, example.data))

/** Images in one call of the detector. */
const BATCH = 16

/**
 * Euclidean distance of the detector's features.
 * @throws ConfigError "detector-features" when the detector has none
 */
export function featureDistance(detector: Detector): Distance {
  if (!detector.features)
    throw new ConfigError({
      code: "detector-features",
      message: 'Distance "features" needs a detector with features; this one has none.',
      next: 'Use distance "pixels", or pass a function in code.',
    })
  const known = new WeakMap<Float32Array, Float32Array>()
  const featuresOf = async (images: readonly Float32Array[]) => {
    const missing = images.filter((image) => !known.has(image))
    for (let start = 0; start < missing.length; start += BATCH) {
      const part = missing.slice(start, start + BATCH)
      const x = batchOf(part, detector.inputShape)
      const made = detector.features?.(x) as tf.Tensor2D
      const values = (await made.data()) as Float32Array
      const size = values.length / part.length
      for (const [i, image] of part.entries()) known.set(image, values.slice(i * size, (i + 1) * size))
      tf.dispose([x, made])
    }
    return images.map((image) => known.get(image) as Float32Array)
  }
  return async (image, examples) => {
    const [of] = await featuresOf([image.data])
    const others = await featuresOf(examples.map(({ data }) => data))
    return others.map((other) => Math.sqrt(other.reduce((sum, value, i) => sum + (value - of![i]!) ** 2, 0)))
  }
}

/** A normal image as a neighbor of another image. */
export interface Neighbor {
  readonly image: Float32Array
  /** phi */
  readonly score: number
  readonly distance: number
}

/** Ranks stored normal images by their distance to an image. */
export class Ranking {
  #scored: { readonly images: readonly Float32Array[]; readonly phi: readonly number[] } | undefined

  constructor(
    readonly detector: Detector,
    readonly normals: Normals,
    readonly distance: Distance,
  ) {}

  /**
   * Neighbors that the detector scores within `tolerance` of alpha, nearest first.
   * @returns also how many there are in all
   */
  async neighbors(
    x: Float32Array,
    alpha: number,
    tolerance: number,
  ): Promise<{ near: readonly Neighbor[]; all: readonly Neighbor[] }> {
    const { images, phi } = await this.#scores()
    const shape = this.normals.shape
    const distances = await this.distance(
      { shape, data: x },
      images.map((data) => ({ shape, data })),
    )
    const all = images
      .map((image, i) => ({ image, score: phi[i] as number, distance: distances[i] as number }))
      .sort((a, b) => a.distance - b.distance)
    return { all, near: all.filter(({ score }) => Math.abs(score - alpha) <= tolerance) }
  }

  async #scores() {
    const images = await this.normals.images()
    if (this.#scored?.images === images) return this.#scored
    const phi: number[] = []
    for (let start = 0; start < images.length; start += BATCH)
      phi.push(...(await phiOf(images.slice(start, start + BATCH), this.detector)))
    this.#scored = { images, phi }
    return this.#scored
  }
}
