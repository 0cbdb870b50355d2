import * as tf from "@tensorflow/tfjs-core"
import type { Detector } from "../contract/detector.js"
import { DataError } from "../contract/errors.js"
import type { ImageSource } from "../contract/images.js"
import { buckets } from "./bucket.js"
import { checkShape } from "./input.js"

/** [n] raw scores of any scale, and phi in [0, 1]. */
export interface Scores {
  readonly raw: Float64Array
  readonly phi: Float64Array
}

/**
 * Scores images in order. AuROC uses raw: many phi round to 0 or 1.
 * @param images a source, or [n, height, width, channels] in [0, 1]
 * @throws ShapeError "shape-images"; DataError "data-score" when a score is NaN.
 */
export async function scoreImages(
  images: ImageSource | tf.Tensor4D,
  detector: Detector,
  batchSize = 256,
): Promise<Scores> {
  const n = images instanceof tf.Tensor ? images.shape[0] : images.length
  const raw = new Float64Array(n)
  const phi = new Float64Array(n)
  if (images instanceof tf.Tensor) checkShape(images, detector.inputShape, "The detector")
  let done = 0
  for await (const { x, n: count } of buckets(images, batchSize)) {
    checkShape(x, detector.inputShape, "The detector")
    const scores = await scoreBatch(x, detector, count)
    raw.set(scores.raw, done)
    phi.set(scores.phi, done)
    done += count
  }
  return { raw, phi }
}

/** Scores of the first `n` images of a batch. @throws DataError "data-score" when one is NaN. */
export async function scoreBatch(x: tf.Tensor4D, detector: Detector, n: number): Promise<Scores> {
  const raw = await detector.rawScoreBatch(x)
  const phi = tf.tidy(() => detector.bound(raw))
  try {
    const read = async (scores: tf.Tensor1D) => Float64Array.from((await scores.data()).subarray(0, n))
    const scores = { raw: await read(raw), phi: await read(phi) }
    const bad = scores.phi.findIndex((score) => Number.isNaN(score))
    if (bad >= 0)
      throw new DataError({
        code: "data-score",
        message: `The detector scores image ${bad} of a batch NaN, expected a number from 0 to 1.`,
        next: "Check the image for NaN, and the detector's weights.",
      })
    return scores
  } finally {
    raw.dispose()
    phi.dispose()
  }
}
