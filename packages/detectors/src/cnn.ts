import {
  batchNorm,
  conv,
  type ImageShape,
  linear,
  type Mode,
  ShapeError,
  type Variables,
} from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import type { Encoder } from "./encoder.js"

/** As in eoe and fcdd (src/eoe/models/cnn.py). */
export const CNN_BATCH_NORM_EPSILON = 1e-4
export const CNN_LEAKY_SLOPE = 0.01

/** Leaky ReLU with eoe's slope. */
export const leaky = <T extends tf.Tensor>(x: T): T => tf.leakyRelu(x, CNN_LEAKY_SLOPE)

/**
 * conv 5x5, batch norm, leaky ReLU, 2x2 max-pool for each of `channels`. Variables conv1, norm1, conv2, norm2, ... The
 * convolutions have no bias, which the batch norm behind them would take out again (eoe stores them).
 * @param pooled how many of the blocks end in a max-pool; default all
 */
export function convStack(
  variables: Variables,
  input: number,
  channels: readonly number[],
  pooled = channels.length,
): (x: tf.Tensor4D, mode: Mode) => tf.Tensor4D {
  const blocks = channels.map((out, i) => ({
    conv: conv(variables, `conv${i + 1}`, { in: channels[i - 1] ?? input, out, kernel: 5, bias: false }),
    norm: batchNorm(variables, `norm${i + 1}`, out, CNN_BATCH_NORM_EPSILON),
    pool: i < pooled,
  }))
  return (x, mode) =>
    blocks.reduce((y, { conv, norm, pool }) => {
      const active = leaky(norm(conv(y), mode))
      return pool ? tf.maxPool(active, 2, 2, "valid") : active
    }, x)
}

/**
 * eoe's CNN28 (channels 16, 32, hidden 64) and CNN32 (32, 64, 128, hidden 512): `convStack`, fc, batch norm, leaky ReLU.
 * What stands behind it there, fc 32 or 256 and for BCE fc 1, is the detector's.
 * @throws ShapeError "detector-shape" unless height and width are multiples of 2 per block
 */
export function cnn(
  variables: Variables,
  shape: ImageShape,
  options: { readonly channels: readonly number[]; readonly hidden: number; readonly detector: string },
): Encoder {
  const [height, width, input] = shape
  const { channels, hidden, detector } = options
  requireMultiple(shape, 2 ** channels.length, detector)
  const stack = convStack(variables, input, channels)
  const flat = (channels.at(-1)! * height * width) / 4 ** channels.length
  const fc = linear(variables, "fc1", { in: flat, out: hidden, bias: false })
  const norm = batchNorm(variables, `norm${channels.length + 1}`, hidden, CNN_BATCH_NORM_EPSILON)
  return {
    size: hidden,
    encode: (x, mode) => leaky(norm(fc(stack(x, mode).reshape([x.shape[0], flat])), mode)),
  }
}

/** @throws ShapeError "detector-shape" unless height and width are multiples of `of` */
export function requireMultiple([height, width]: ImageShape, of: number, detector: string): void {
  if (height % of === 0 && width % of === 0) return
  throw new ShapeError({
    code: "detector-shape",
    message: `Images are ${height} x ${width}; detector "${detector}" expects multiples of ${of} with this encoder.`,
    next: "Resize the images, e.g. to 28 x 28 (cnn28) or 32 x 32 (cnn28, cnn32), or choose another encoder.",
  })
}
