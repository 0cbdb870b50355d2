import * as tf from "@tensorflow/tfjs-core"
import type { Call, Operator, Operators } from "../call.js"
import { Value } from "../value.js"
import { paddedDims, padSpatial, spread, type Windows, windowsOf } from "./windows.js"

/** Convolutions over one axis are those over two, the second of size one. */
function asImages(x: Value): { readonly last: tf.Tensor; readonly flat: boolean } {
  if (x.rank === 4) return { last: x.last, flat: false }
  if (x.rank === 3) return { last: tf.expandDims(tf.transpose(x.tensor, [0, 2, 1]), 2), flat: true }
  return { last: tf.transpose(x.tensor, [0, 2, 3, 4, 1]), flat: false }
}
function fromImages(last: tf.Tensor, flat: boolean): Value {
  if (flat) return Value.of(tf.transpose(tf.squeeze(last, [2]), [0, 2, 1]))
  return last.rank === 4
    ? Value.channelsLast(last as tf.Tensor4D)
    : Value.of(tf.transpose(last, [0, 4, 1, 2, 3]))
}
const flattened = (windows: Windows): Windows => ({
  kernel: [...windows.kernel, 1],
  strides: [...windows.strides, 1],
  dilations: [...windows.dilations, 1],
  pads: [...windows.pads, [0, 0]],
})

/** [out, in, ...kernel] as [...kernel, in, out], dilated by zeros. */
function filterOf(call: Call, weight: Value, flat: boolean, dilations: readonly number[]): tf.Tensor {
  let w = flat ? tf.expandDims(weight.tensor, 3) : weight.tensor
  for (const [i, dilation] of dilations.entries()) w = spread(call, w, i + 2, dilation)
  const spatial = w.shape.slice(2).map((_, i) => i + 2)
  return tf.transpose(w, [...spatial, 1, 0])
}

function grouped(
  x: tf.Tensor,
  filter: tf.Tensor,
  groups: number,
  strides: readonly number[],
  call: Call,
): tf.Tensor {
  const conv = (x: tf.Tensor, filter: tf.Tensor): tf.Tensor => {
    if (x.rank === 4)
      return tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides as [number, number], "valid")
    if (x.rank === 5)
      return tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, strides as [number, number, number], "valid")
    throw call.refuse(`${x.rank - 2} spatial axes`)
  }
  if (groups === 1) return conv(x, filter)
  const channels = x.shape.at(-1) as number
  const out = filter.shape.at(-1) as number
  if (x.rank === 4 && channels === groups) {
    const [h, w] = filter.shape as [number, number]
    const multiplier = out / groups
    const depthwise = tf.reshape(filter, [h, w, groups, multiplier])
    return tf.depthwiseConv2d(
      x as tf.Tensor4D,
      depthwise as tf.Tensor4D,
      strides as [number, number],
      "valid",
    )
  }
  const xs = tf.split(x, groups, -1)
  const filters = tf.split(filter, groups, -1)
  return tf.concat(
    xs.map((part, i) => conv(part, filters[i] as tf.Tensor)),
    -1,
  )
}

const conv: Operator = (call) => {
  const [x, weight, bias] = [call.input(0), call.input(1), call.optional(2)]
  const { last, flat } = asImages(x)
  const read = windowsOf(call, call.ints("kernel_shape") ?? weight.dims.slice(2), x.dims.slice(2))
  const windows = flat ? flattened(read) : read
  call.sized(paddedDims(last.shape, windows.pads))
  call.sized(weight.dims.map((size, i) => size * (windows.dilations[i - 2] ?? 1)))
  const filter = filterOf(call, weight, flat, windows.dilations)
  const made = grouped(
    padSpatial(call, last, windows.pads),
    filter,
    call.int("group", 1),
    windows.strides,
    call,
  )
  return fromImages(bias ? tf.add(made, bias.tensor) : made, flat)
}

const convTranspose: Operator = (call) => {
  const [x, weight, bias] = [call.input(0), call.input(1), call.optional(2)]
  if (x.rank > 4) throw call.refuse(`${x.rank - 2} spatial axes`)
  const { last, flat } = asImages(x)
  const sizes = x.dims.slice(2)
  const kernel = call.ints("kernel_shape") ?? weight.dims.slice(2)
  const read = transposedWindows(call, kernel, sizes)
  const windows = flat ? flattened(read.windows) : read.windows
  const extra = flat ? [...read.extra, 0] : read.extra
  const groups = call.int("group", 1)
  const parts = (groups === 1 ? [last] : tf.split(last, groups, -1)).map((part, i) => {
    const per = (weight.dims[0] as number) / groups
    const own = groups === 1 ? weight : Value.of(tf.slice(weight.tensor, [i * per], [per]))
    call.sized(last.shape.map((size, j) => size * (windows.strides[j - 1] ?? 1) + (extra[j - 1] ?? 0)))
    return transposed(
      call,
      part as tf.Tensor4D,
      filterOf(call, own, flat, windows.dilations) as tf.Tensor4D,
      windows,
      extra,
    )
  })
  const made = parts.length === 1 ? (parts[0] as tf.Tensor) : tf.concat(parts, -1)
  return fromImages(bias ? tf.add(made, bias.tensor) : made, flat)
}

/** @param filter [height, width, out, in] */
function transposed(
  call: Call,
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  { strides, pads }: Windows,
  extra: readonly number[],
): tf.Tensor {
  const [batch, height, width] = x.shape
  const [h, w, out] = filter.shape
  const [sh, sw] = strides as [number, number]
  const full: [number, number, number, number] = [batch, (height - 1) * sh + h, (width - 1) * sw + w, out]
  call.sized(full)
  const made = tf.conv2dTranspose(x, filter, full, [sh, sw], "valid")
  return padSpatial(
    call,
    made,
    pads.map(([before, after], i) => [-before, (extra[i] as number) - after] as const),
  )
}

/** Pads cut the output of a transposed convolution; output_padding adds to its end. */
function transposedWindows(
  call: Call,
  kernel: readonly number[],
  sizes: readonly number[],
): { readonly windows: Windows; readonly extra: readonly number[] } {
  const ones = kernel.map(() => 1)
  const strides = call.ints("strides") ?? ones
  const dilations = call.ints("dilations") ?? ones
  const extra = call.ints("output_padding") ?? kernel.map(() => 0)
  const given = call.ints("pads")
  const wanted = call.ints("output_shape")
  const mode = call.string("auto_pad", "NOTSET")
  const pads = kernel.map((k, i): readonly [number, number] => {
    const stride = strides[i] as number
    const whole =
      ((sizes[i] as number) - 1) * stride + (k - 1) * (dilations[i] as number) + 1 + (extra[i] as number)
    const goal = wanted
      ? wanted[i + wanted.length - kernel.length]
      : mode.startsWith("SAME")
        ? (sizes[i] as number) * stride
        : undefined
    if (goal !== undefined) {
      const total = whole - goal
      const less = Math.floor(total / 2)
      return mode === "SAME_UPPER" ? [less, total - less] : [total - less, less]
    }
    return given && mode === "NOTSET" ? [given[i] as number, given[i + kernel.length] as number] : [0, 0]
  })
  return { windows: { kernel, strides, dilations, pads }, extra }
}

export const convolution: Operators = { Conv: conv, ConvTranspose: convTranspose }
