import { batchNorm, conv, linear, type Mode, type Variables } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"

/** As in eoe (parity.md 3.1). */
export const CNN28_BATCH_NORM_EPSILON = 1e-4
export const CNN28_LEAKY_SLOPE = 0.01

/**
 * eoe's CNN28: conv5x5 16, BN, leaky ReLU, max-pool, conv5x5 32, BN, leaky ReLU, max-pool, fc 64, BN, leaky ReLU, fc 1.
 * Convolutions and fc 64 have no bias, which the batch norm behind them would take out again (eoe stores them).
 * Works for any height and width that are multiples of 4.
 * @returns logits [batch] of images [batch, height, width, channels] in [-1, 1]
 */
export function cnn28(
  variables: Variables,
  shape: readonly [number, number, number],
  width: number,
): (x: tf.Tensor4D, mode: Mode) => tf.Tensor1D {
  const [height, columns, channels] = shape
  const norm = (name: string, channels: number) =>
    batchNorm(variables, name, channels, CNN28_BATCH_NORM_EPSILON)
  const conv1 = conv(variables, "conv1", { in: channels, out: width, kernel: 5, bias: false })
  const norm1 = norm("norm1", width)
  const conv2 = conv(variables, "conv2", { in: width, out: 2 * width, kernel: 5, bias: false })
  const norm2 = norm("norm2", 2 * width)
  const features = 2 * width * (height / 4) * (columns / 4)
  const fc1 = linear(variables, "fc1", { in: features, out: 4 * width, bias: false })
  const norm3 = norm("norm3", 4 * width)
  const fc2 = linear(variables, "fc2", { in: 4 * width, out: 1 })
  const leaky = <T extends tf.Tensor>(x: T): T => tf.leakyRelu(x, CNN28_LEAKY_SLOPE)
  const pool = (x: tf.Tensor4D): tf.Tensor4D => tf.maxPool(x, 2, 2, "valid")
  return (x, mode) => {
    const first = pool(leaky(norm1(conv1(x), mode)))
    const second = pool(leaky(norm2(conv2(first), mode)))
    const hidden = leaky(norm3(fc1(second.reshape([x.shape[0], features])), mode))
    return fc2(hidden).reshape([x.shape[0]])
  }
}
