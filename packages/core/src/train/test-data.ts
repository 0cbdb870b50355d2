// For tests: small images that depend on (seed, step) only.
import * as tf from "@tensorflow/tfjs-core"
import type { TrainingData } from "../contract/training.js"
import { stream, uniforms } from "../random.js"

/** Endless batches of 8 x 8 images; outliers are brighter. */
export function testData(channels = 1, outliers = 10): TrainingData {
  const shape = [8, 8, channels] as const
  return {
    shape,
    length: 10,
    outliers,
    async *batches({ size, seed, outliers: wanted, start = 0 }) {
      for (let step = start; ; step++) {
        const random = stream(seed, "data", step)
        const normal = wanted && outliers > 0 ? size / 2 : size
        const pixels = uniforms(random, size * 64 * channels)
        for (let i = 0; i < pixels.length; i++) if (i < normal * 64 * channels) pixels[i]! *= 0.4
        const x = tf.tensor4d(pixels, [size, 8, 8, channels])
        const outlier = tf.tensor1d(Array.from({ length: size }, (_, i) => (i < normal ? 0 : 1)))
        try {
          yield { x, outlier }
        } finally {
          tf.dispose([x, outlier])
        }
      }
    },
  }
}
