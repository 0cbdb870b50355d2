import * as tf from "@tensorflow/tfjs-core"
import { DataError } from "../contract/errors.js"
import type { ImageSource } from "../contract/images.js"

/** eps and eps' of the paper's section 3.1, as mean absolute differences per pixel and channel. */
export interface Limits {
  /** A counterfactual further than this from its original is "too-far". */
  readonly eps: number
  /** Counterfactuals of two concepts closer than this are "not-distinct". */
  readonly epsPrime: number
}

/** At most so many images are compared, evenly spread over the source: 4950 pairs. */
const compared = 100

/**
 * Limits from the distances between pairs of normal images (our choice; the paper leaves eps and eps' open). eps is their
 * 99th percentile: further than that, an image is less like its original than two unrelated normal images are. eps' is
 * their 1st percentile: closer than that, two images look the same. On Colored-MNIST (normal = one or cyan) 0.18 and
 * 0.024; recoloring a digit to cyan changes it by 0.08 in the median.
 * @param normalImages a source, or [n, height, width, channels] in [0, 1]; at least two images
 * @throws DataError "data-empty"
 */
export async function defaultLimits(normalImages: ImageSource | tf.Tensor4D): Promise<Limits> {
  const images = await spread(normalImages)
  const distances: number[] = []
  for (let i = 0; i < images.length; i++)
    for (let j = 0; j < i; j++)
      distances.push(meanDistance(images[i] as Float32Array, images[j] as Float32Array))
  if (distances.length === 0)
    throw new DataError({
      code: "data-empty",
      message: `Found ${images.length} normal images, expected at least two.`,
      next: "Pass more normal images, or set eps and epsPrime yourself.",
    })
  distances.sort((a, b) => a - b)
  return { eps: percentile(distances, 0.99), epsPrime: percentile(distances, 0.01) }
}

/** Mean absolute difference per pixel and channel. */
export function meanDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number))
  return sum / a.length
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.round(share * (sorted.length - 1))] as number
}

async function spread(images: ImageSource | tf.Tensor4D): Promise<Float32Array[]> {
  const n = images instanceof tf.Tensor ? images.shape[0] : images.length
  const count = Math.min(n, compared)
  const rows = Array.from({ length: count }, (_, i) => Math.floor((i * n) / count))
  if (count === 0) return []
  if (!(images instanceof tf.Tensor)) {
    const bytes = await images.read(rows)
    const size = bytes.length / count
    return rows.map((_, i) =>
      Float32Array.from(bytes.subarray(i * size, (i + 1) * size), (byte) => byte / 255),
    )
  }
  const size = images.size / n
  const values = (await images.data()) as Float32Array
  return rows.map((row) => values.slice(row * size, (row + 1) * size))
}
