import * as tf from "@tensorflow/tfjs-core"

/** Weights of the digit judge by name, and their shapes. 81 k numbers, 325 kB in float32 (our choice). */
export const judgeShapes = {
  "conv1/weight": [5, 5, 1, 16],
  "conv1/bias": [16],
  "conv2/weight": [3, 3, 16, 32],
  "conv2/bias": [32],
  "hidden/weight": [1568, 48],
  "hidden/bias": [48],
  "digit/weight": [48, 10],
  "digit/bias": [10],
} as const

export type JudgeWeights = Readonly<Record<keyof typeof judgeShapes, tf.Tensor>>

/** Side of the images that the digit judge sees. */
export const judgeSize = 28

/**
 * What the digit judge sees: the largest channel of each pixel, divided by the image's largest value, so that color and
 * brightness do not matter. A black image stays black.
 * @param images [batch, 28, 28, channels] in [0, 1]
 * @returns [batch, 28, 28, 1] in [0, 1]
 */
export function judgeInput(images: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const ink = tf.max(images, 3, true)
    return tf.div(ink, tf.maximum(tf.max(ink, [1, 2, 3], true), 1e-3))
  })
}

/**
 * Two strided convolutions and a dense layer (our choice): what the digit is read off.
 * @param x [batch, 28, 28, 1] as from `judgeInput`
 * @returns [batch, 48], not negative
 */
export function judgeHidden(x: tf.Tensor4D, weights: JudgeWeights): tf.Tensor2D {
  return tf.tidy(() => {
    const conv = (h: tf.Tensor4D, name: "conv1" | "conv2") =>
      tf.relu(
        tf.add(tf.conv2d(h, weights[`${name}/weight`] as tf.Tensor4D, 2, "same"), weights[`${name}/bias`]),
      ) as tf.Tensor4D
    const features = tf.reshape(conv(conv(x, "conv1"), "conv2"), [-1, 1568])
    return tf.relu(
      tf.add(tf.matMul(features, weights["hidden/weight"]), weights["hidden/bias"]),
    ) as tf.Tensor2D
  })
}

/**
 * A dense layer on `judgeHidden`.
 * @param x [batch, 28, 28, 1] as from `judgeInput`
 * @returns logits [batch, 10]
 */
export function judgeLogits(x: tf.Tensor4D, weights: JudgeWeights): tf.Tensor2D {
  return tf.tidy(
    () =>
      tf.add(
        tf.matMul(judgeHidden(x, weights), weights["digit/weight"]),
        weights["digit/bias"],
      ) as tf.Tensor2D,
  )
}
