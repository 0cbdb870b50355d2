import * as tf from "@tensorflow/tfjs-core"
import type { Call } from "../call.js"

/** How a window moves over the spatial axes of a convolution or pooling. */
export interface Windows {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  /** Zeros before and after each axis. */
  readonly pads: readonly (readonly [number, number])[]
}

/** Reads kernel_shape, strides, dilations, pads and auto_pad. */
export function windowsOf(call: Call, kernel: readonly number[], sizes: readonly number[]): Windows {
  const ones = kernel.map(() => 1)
  const strides = call.ints("strides") ?? ones
  const dilations = call.ints("dilations") ?? ones
  const given = call.ints("pads")
  const mode = call.string("auto_pad", "NOTSET")
  const pads = kernel.map((k, i): readonly [number, number] => {
    if (mode === "VALID") return [0, 0]
    if (mode.startsWith("SAME")) {
      const stride = strides[i] as number
      const reach = (k - 1) * (dilations[i] as number) + 1
      const size = sizes[i] as number
      const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size)
      const less = Math.floor(total / 2)
      return mode === "SAME_UPPER" ? [less, total - less] : [total - less, less]
    }
    return given ? [given[i] as number, given[i + kernel.length] as number] : [0, 0]
  })
  return { kernel, strides, dilations, pads }
}

/** Further padding at the end, where ceil_mode lets the last window reach over the edge. */
export function ceiled(windows: Windows, sizes: readonly number[]): Windows {
  const { kernel, strides, dilations, pads } = windows
  return {
    ...windows,
    pads: pads.map(([before, after], i) => {
      const stride = strides[i] as number
      const reach = ((kernel[i] as number) - 1) * (dilations[i] as number) + 1
      const length = (sizes[i] as number) + before + after
      let count = Math.ceil((length - reach) / stride) + 1
      // A window that begins in the padding at the end does not count.
      if ((count - 1) * stride >= (sizes[i] as number) + before) count--
      return [before, after + Math.max(0, (count - 1) * stride + reach - length)]
    }),
  }
}

/** The shape after padding. */
export const paddedDims = (dims: readonly number[], pads: Windows["pads"]): number[] =>
  dims.map((size, i) => size + Math.max(0, pads[i - 1]?.[0] ?? 0) + Math.max(0, pads[i - 1]?.[1] ?? 0))

/** Pads, or cuts where a pad is negative, the axes between the first and the last. */
export function padSpatial<T extends tf.Tensor>(call: Call, x: T, pads: Windows["pads"], value = 0): T {
  if (pads.every(([before, after]) => before === 0 && after === 0)) return x
  const all: [number, number][] = [
    [0, 0],
    ...pads.map(([a, b]): [number, number] => [Math.max(0, a), Math.max(0, b)]),
    [0, 0],
  ]
  call.sized(x.shape.map((size, i) => size + (all[i]?.[0] ?? 0) + (all[i]?.[1] ?? 0)))
  const padded = tf.pad(x, all, value)
  if (pads.every(([before, after]) => before >= 0 && after >= 0)) return padded as T
  const begin = [0, ...pads.map(([before]) => Math.max(0, -before)), 0]
  const size = padded.shape.map((dim, axis) => {
    const [before, after] = pads[axis - 1] ?? [0, 0]
    return dim - Math.max(0, -before) - Math.max(0, -after)
  })
  return tf.slice(padded, begin, size) as T
}

/** Zeros between the elements of an axis: a dilated kernel, whose convolution TensorFlow.js can differentiate. */
export function spread(call: Call, x: tf.Tensor, axis: number, step: number): tf.Tensor {
  const size = x.shape[axis] as number
  if (step === 1 || size === 1) return x
  call.sized([...x.shape, step])
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)]
  const parts = tf.reshape(x, [...before, size, 1, ...after])
  const pads = parts.shape.map((_, i): [number, number] => (i === axis + 1 ? [0, step - 1] : [0, 0]))
  const wide = tf.reshape(tf.pad(parts, pads), [...before, size * step, ...after])
  const begin = wide.shape.map(() => 0)
  return tf.slice(wide, begin, [...before, (size - 1) * step + 1, ...after])
}
