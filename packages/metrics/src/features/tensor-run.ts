import { compiled } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import type { ExtractorParts } from "./network-extractor.js"

/**
 * A network of tensors as the run of an extractor: compiled once per number of rows where the engine can, everything but
 * its weights freed after each batch.
 */
export function tensorRun(
  [height, width]: readonly [height: number, width: number],
  network: (images: tf.Tensor4D) => tf.Tensor,
): ExtractorParts["run"] {
  const apply = compiled((images: tf.Tensor4D) => network(images))
  return async (images, rows) => {
    const input = tf.tensor4d(images, [rows, height, width, 3])
    const features = tf.tidy(() => apply(input))
    try {
      return (await features.data()) as Float32Array
    } finally {
      tf.dispose([input, features])
    }
  }
}
