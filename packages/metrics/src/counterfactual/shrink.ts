import * as tf from "@tensorflow/tfjs-core"

/**
 * Images of at most `side` pixels: means of blocks of f x f pixels, f the smallest factor that fits, smaller blocks at
 * the right and lower border (our choice: exact at f = 1, no aliasing above).
 * @param images [batch, height, width, channels]
 */
export function shrink(images: tf.Tensor4D, side: number): tf.Tensor4D {
  const factor = Math.ceil(Math.max(images.shape[1], images.shape[2]) / side)
  return factor === 1 ? tf.clone(images) : tf.avgPool(images, factor, factor, "same")
}
