import { DataError, type StoredTensor } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import type { ByteImages, FeatureExtractor } from "../features/extractor.js"
import { judgeNetwork } from "../judge/judge.js"
import { judgeHidden, judgeInput, judgeSize } from "../judge/network.js"

/** Images that the network sees at a time. */
const batch = 128

/**
 * Features of digits, for images on which Inception's say little: the 48 values that the judge, a classifier of MNIST,
 * reads the digit off. It looks at the largest channel of each pixel relative to the image's largest value, so FID, KID
 * and their like do not see color or brightness with it. Nothing of it stays in the engine's memory between calls.
 * @param weights as in models/judge/weights.safetensors, see `loadDigits` of "@ifnormal/metrics/node"
 * @param sha256 of that file, hexadecimal
 * @throws ShapeError "judge-weights" for other weights, at the first images
 */
export function createDigits(
  weights: Readonly<Record<string, StoredTensor>>,
  sha256: string,
): FeatureExtractor {
  const id = `custom:${sha256.slice(0, 12)}`
  return {
    recipe: `${id} (digits judge, layer "hidden" after ReLU, 48 dimensions, no color)`,
    id,
    dimensions: 48,
    async features(images) {
      checkImages(images)
      const [height, width, channels] = images.shape
      const size = height * width * channels
      const features = new Float32Array(images.length * 48)
      const network = judgeNetwork(weights)
      try {
        for (let i = 0; i < images.length; i += batch) {
          const n = Math.min(batch, images.length - i)
          const bytes = images.bytes.subarray(i * size, (i + n) * size)
          const hidden = tf.tidy(() =>
            judgeHidden(
              judgeInput(tf.div(tf.tensor4d(bytes, [n, height, width, channels], "float32"), 255)),
              network,
            ),
          )
          features.set(await hidden.data(), i * 48)
          hidden.dispose()
        }
      } finally {
        tf.dispose(network)
      }
      return features
    },
    dispose() {},
  }
}

function checkImages({ shape: [height, width, channels] }: ByteImages): void {
  if (height !== judgeSize || width !== judgeSize || (channels !== 1 && channels !== 3))
    throw new DataError({
      code: "metric-images",
      message: `The digits extractor got images of ${height} x ${width} x ${channels}, expected 28 x 28 with 1 or 3 channels.`,
      next: 'It reads MNIST-like images only; use the extractor "inception" for others.',
    })
}
