import * as tf from "@tensorflow/tfjs-core"
import { kaimingUniform } from "./init.js"
import { spectralNorm } from "./spectral-norm.js"
import type { Variables } from "./variables.js"

export interface ConvOptions {
  readonly in: number
  readonly out: number
  /** Height and width of the kernel. */
  readonly kernel: number
  /** Default 1. */
  readonly stride?: number
  /** Zeros at each border, or "same" (default). */
  readonly pad?: number | "same"
  /** Default true; false before a batch norm, which takes any bias out again. */
  readonly bias?: boolean
  /** Divide the weight by its largest singular value. Default false. */
  readonly spectral?: boolean
}

/** Convolution, NHWC. Variables `name/weight` [kernel, kernel, in, out] and `name/bias` [out]. */
export function conv(
  variables: Variables,
  name: string,
  options: ConvOptions,
): (x: tf.Tensor4D) => tf.Tensor4D {
  const { in: channels, out, kernel, stride = 1, pad = "same" } = options
  const init = kaimingUniform(channels * kernel * kernel)
  const weight = variables.create(`${name}/weight`, [kernel, kernel, channels, out], init)
  const bias = options.bias === false ? undefined : variables.create(`${name}/bias`, [out], init)
  const norm = options.spectral ? spectralNorm(variables, `${name}/weight`, weight) : undefined
  return (x) => {
    const filter = (norm?.weight() ?? weight) as tf.Tensor4D
    const y =
      pad === "same" || isSame(x, kernel, stride, pad)
        ? tf.conv2d(x, filter, stride, "same")
        : tf.conv2d(surround(x, pad), filter, stride, "valid")
    return bias ? y.add(bias) : y
  }
}

/**
 * Whether `pad` zeros at each border are what "same" means. @tensorflow/tfjs-node convolves with "same" and "valid" only,
 * so other numbers become an operation of their own.
 */
function isSame(x: tf.Tensor4D, kernel: number, stride: number, pad: number): boolean {
  return [x.shape[1], x.shape[2]].every(
    (size) => 2 * pad === (Math.ceil(size / stride) - 1) * stride + kernel - size,
  )
}

/** `pad` zeros at each border of the image. */
function surround(x: tf.Tensor4D, pad: number): tf.Tensor4D {
  const both: [number, number] = [pad, pad]
  return pad === 0 ? x : tf.pad(x, [[0, 0], both, both, [0, 0]])
}

/** Halves height and width by 2x2 averages. */
export function down(x: tf.Tensor4D): tf.Tensor4D {
  return tf.avgPool(x, 2, 2, "valid")
}

/**
 * Doubles height and width, nearest neighbor. With a gradient of its own, the sum of each 2x2 block: that of
 * tfjs-backend-cpu 4.22 is wrong for batches of more than one image.
 */
export function up(x: tf.Tensor4D): tf.Tensor4D {
  const double = tf.customGrad((input) => ({
    value: tf.image.resizeNearestNeighbor(input as tf.Tensor4D, [x.shape[1] * 2, x.shape[2] * 2]),
    gradFunc: (dy: tf.Tensor) => tf.avgPool(dy as tf.Tensor4D, 2, 2, "valid").mul(4),
  }))
  return double(x) as tf.Tensor4D
}
