import * as tf from "@tensorflow/tfjs-core"
import { bytesOf } from "./bytes-of.js"

/**
 * Images of at most `side` pixels: means of blocks of f x f pixels, f the smallest factor that fits, smaller blocks at
 * the right and lower border (our choice: exact at f = 1, no aliasing above).
 * @param images [batch, height, width, channels]
 */
export function shrink(images: tf.Tensor4D, side: number): tf.Tensor4D {
  const factor = Math.ceil(Math.max(images.shape[1], images.shape[2]) / side)
  return factor === 1 ? tf.clone(images) : tf.avgPool(images, factor, factor, "same")
}

/** A batch of shrunk images as bytes. */
export interface ShrunkBytes {
  /** Height, width, channels. */
  readonly shape: readonly [number, number, number]
  /** A copy of one image of the batch. */
  image(row: number): Uint8Array
}

/** `shrink`, as bytes. @throws DataError "metric-nan" */
export async function shrunk(images: tf.Tensor4D, side: number): Promise<ShrunkBytes> {
  const small = shrink(images, side)
  const [, height, width, channels] = small.shape
  const size = height * width * channels
  try {
    const bytes = await bytesOf(small)
    return {
      shape: [height, width, channels],
      image: (row) => bytes.slice(row * size, (row + 1) * size),
    }
  } finally {
    small.dispose()
  }
}
