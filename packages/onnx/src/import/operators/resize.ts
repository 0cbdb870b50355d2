import * as tf from "@tensorflow/tfjs-core"
import { type Call, type Operator, type Operators, wrap } from "../call.js"
import { Value } from "../value.js"
import { along } from "./reduce.js"
import { sliced } from "./shape.js"

/** How one axis is resized. */
interface Axis {
  readonly size: number
  readonly length: number
  readonly scale: number
  /** Part of the axis that tf_crop_and_resize looks at, in [0, 1]. */
  readonly roi: readonly [number, number]
}

/**
 * Any of ONNX's ways to resize, one axis after another: a matrix [length, size] for each, made of known numbers, so that
 * the gradient is that of a product.
 */
const resize: Operator = (call) => {
  const x = call.input(0)
  const old = call.node.op === "Upsample" || call.opset < 11
  const axes = (call.ints("axes") ?? x.dims.map((_, i) => i)).map((axis) => wrap(axis, x.rank))
  const scales = call.has("scales") ? call.floats("scales") : read(call, old ? 1 : 2, "scales")
  const sizes = old ? undefined : read(call, 3, "sizes")
  const roi = old ? undefined : read(call, 1, "a region")
  const fitted =
    sizes &&
    keptAspect(
      call,
      sizes,
      axes.map((axis) => x.dims[axis] as number),
    )
  let [made, outside] = [x, undefined as tf.Tensor | undefined]
  for (const [i, axis] of axes.entries()) {
    const size = x.dims[axis] as number
    const length = fitted?.[i] ?? Math.floor(size * (scales?.[i] as number) + 1e-9)
    const scale = scales && scales.length > 0 ? (scales[i] as number) : length / size
    const region: [number, number] = [roi?.[i] ?? 0, roi?.[i + axes.length] ?? 1]
    const crops = call.string("coordinate_transformation_mode", "half_pixel") === "tf_crop_and_resize"
    if (length === size && scale === 1 && !crops) continue
    call.sized(made.dims.map((dim, j) => (j === axis ? length : dim)))
    call.sized([length, size])
    const one: Axis = { size, length, scale, roi: region }
    made = resizedAxis(made, axis, one, call, old)
    if (crops) outside = mark(outside, x.rank, axis, one)
  }
  if (!outside) return made
  const value = call.float("extrapolation_value", 0)
  return Value.of(
    tf.where(tf.broadcastTo(outside, [...made.dims]), tf.fill([...made.dims], value), made.tensor),
  )
}

function read(call: Call, index: number, what: string): number[] | undefined {
  const value = call.optional(index)
  const numbers = value && value.size > 0 ? call.known(value, what) : undefined
  return numbers
}

/** keep_aspect_ratio_policy: one scale for all axes. */
function keptAspect(call: Call, wanted: readonly number[], sizes: readonly number[]): readonly number[] {
  const policy = call.string("keep_aspect_ratio_policy", "stretch")
  if (policy === "stretch") return wanted
  const ratios = wanted.map((want, i) => want / (sizes[i] as number))
  const scale = policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios)
  return sizes.map((size) => Math.floor(scale * size + 0.5))
}

/** Position in the input that an output element looks at. */
function position(i: number, { size, length, scale, roi }: Axis, mode: string): number {
  switch (mode) {
    case "asymmetric":
      return i / scale
    case "align_corners":
      // The whole length, not rounded down: as onnx, where onnxruntime rounds.
      return length === 1 ? 0 : (i * (size - 1)) / (size * scale - 1)
    case "pytorch_half_pixel":
      return length === 1 ? 0 : (i + 0.5) / scale - 0.5
    case "tf_half_pixel_for_nn":
      return (i + 0.5) / scale
    case "half_pixel_symmetric": {
      const adjusted = length / (scale * size)
      return (size / 2) * (1 - adjusted) + (i + 0.5) / scale - 0.5
    }
    case "tf_crop_and_resize": {
      const [start, end] = roi
      return length === 1
        ? 0.5 * (start + end) * (size - 1)
        : start * (size - 1) + (i * (end - start) * (size - 1)) / (length - 1)
    }
    default:
      return (i + 0.5) / scale - 0.5
  }
}

const modeOf = (call: Call, old: boolean) =>
  old ? "asymmetric" : call.string("coordinate_transformation_mode", "half_pixel")

function resizedAxis(x: Value, axis: number, one: Axis, call: Call, old: boolean): Value {
  const coordinate = modeOf(call, old)
  const at = Array.from({ length: one.length }, (_, i) => position(i, one, coordinate))
  const kind = call.string("mode", "nearest")
  if (kind === "nearest") {
    const round = rounding(old ? "floor" : call.string("nearest_mode", "round_prefer_floor"))
    return sliced(
      x,
      axis,
      at.map((place) => Math.min(one.size - 1, Math.max(0, round(place)))),
    )
  }
  const matrix = tf.tensor2d(
    at.map((place) => weights(place, one, call, kind)),
    [one.length, one.size],
  )
  const run = (t: tf.Tensor) => {
    const rows = tf.reshape(t, [t.size / one.size, one.size]) as tf.Tensor2D
    return tf.reshape(tf.matMul(rows, matrix, false, true), [...t.shape.slice(0, -1), one.length])
  }
  if (x.isLast) return Value.channelsLast(along(x.last, [0, 3, 1, 2][axis] as number, run) as tf.Tensor4D)
  return Value.of(along(tf.cast(x.tensor, "float32"), axis, run))
}

function rounding(mode: string): (place: number) => number {
  // Positions are quotients: what is meant as a half may be a rounding error off.
  const near = (place: number) => Math.round(place * 1e6) / 1e6
  if (mode === "floor") return (place) => Math.floor(near(place))
  if (mode === "ceil") return (place) => Math.ceil(near(place))
  if (mode === "round_prefer_ceil") return (place) => Math.floor(near(place) + 0.5)
  return (place) => Math.ceil(near(place) - 0.5)
}

/** How much each input element adds to the output element that looks at `place`. */
function weights(place: number, { size, scale }: Axis, call: Call, kind: string): number[] {
  const a = call.float("cubic_coeff_a", -0.75)
  const squeezed = call.int("antialias", 0) === 1 ? Math.min(1, scale) : 1
  const support = (kind === "linear" ? 1 : 2) / squeezed
  const row = new Array<number>(size).fill(0)
  const excluded = kind === "cubic" && call.int("exclude_outside", 0) === 1
  let total = 0
  for (let i = Math.floor(place - support) + 1; i <= Math.ceil(place + support) - 1; i++) {
    const distance = Math.abs(i - place) * squeezed
    const weight = kind === "linear" ? Math.max(0, 1 - distance) : keys(distance, a)
    if (excluded && (i < 0 || i >= size)) continue
    row[Math.min(size - 1, Math.max(0, i))]! += weight
    total += weight
  }
  return squeezed < 1 || excluded ? row.map((weight) => weight / total) : row
}

/** Keys' cubic kernel. */
function keys(t: number, a: number): number {
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1
  if (t < 2) return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a
  return 0
}

/** Marks what tf_crop_and_resize looks for outside of the image. */
function mark(before: tf.Tensor | undefined, rank: number, axis: number, one: Axis): tf.Tensor {
  const places = Array.from({ length: one.length }, (_, i) => position(i, one, "tf_crop_and_resize"))
  const out = places.map((place) => Number(place < 0 || place > one.size - 1))
  const shape = Array.from({ length: rank }, (_, i) => (i === axis ? one.length : 1))
  const marked = tf.tensor(out, shape, "bool")
  return before ? tf.logicalOr(before, marked) : marked
}

export const resizing: Operators = { Resize: resize, Upsample: resize }
