import * as tf from "@tensorflow/tfjs-core"
import type { Detector } from "../contract/detector.js"
import { DataError } from "../contract/errors.js"
import type { ImageSource } from "../contract/images.js"
import { imageBatches } from "../data/batches.js"
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
  let done = 0
  for await (const x of images instanceof tf.Tensor
    ? slices(images, batchSize)
    : imageBatches(images, batchSize)) {
    checkShape(x, detector.inputShape, "The detector")
    const scores = await scoreBatch(x, detector)
    raw.set(scores.raw, done)
    phi.set(scores.phi, done)
    done += x.shape[0]
  }
  return { raw, phi }
}

/** Scores of one batch. @throws DataError "data-score" when one is NaN. */
export async function scoreBatch(x: tf.Tensor4D, detector: Detector): Promise<Scores> {
  const raw = await detector.rawScoreBatch(x)
  const phi = tf.tidy(() => detector.bound(raw))
  try {
    const scores = { raw: Float64Array.from(await raw.data()), phi: Float64Array.from(await phi.data()) }
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

/** Batches of a tensor, each disposed of before the next. */
export async function* slices(
  images: tf.Tensor4D,
  size: number,
): AsyncGenerator<tf.Tensor4D, void, undefined> {
  const n = images.shape[0]
  for (let start = 0; start < n; start += size) {
    const x = tf.slice(images, [start, 0, 0, 0], [Math.min(size, n - start), -1, -1, -1])
    try {
      yield x
    } finally {
      x.dispose()
    }
  }
}
