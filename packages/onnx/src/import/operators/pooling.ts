import * as tf from "@tensorflow/tfjs-core"
import type { Call, Operator, Operators } from "../call.js"
import { Value } from "../value.js"
import { ceiled, paddedDims, padSpatial, type Windows, windowsOf } from "./windows.js"

type Kind = "max" | "avg"

/** Pools channels-last images, padded already. */
function pooled(x: tf.Tensor, kind: Kind, { kernel, strides, dilations }: Windows, call: Call): tf.Tensor {
  const plain = dilations.every((dilation) => dilation === 1)
  if (x.rank === 4) {
    if (plain) {
      const pool = kind === "max" ? tf.maxPool : tf.avgPool
      return pool(x as tf.Tensor4D, kernel as [number, number], strides as [number, number], "valid")
    }
    if (strides.some((stride) => stride !== 1))
      return sampled(x, kind, { kernel, strides, dilations, pads: [] }, call)
    return tf.pool(x as tf.Tensor4D, kernel as [number, number], kind, "valid", dilations as [number, number])
  }
  if (x.rank === 5 && plain) {
    const pool = kind === "max" ? tf.maxPool3d : tf.avgPool3d
    return pool(
      x as tf.Tensor5D,
      kernel as [number, number, number],
      strides as [number, number, number],
      "valid",
    )
  }
  throw call.refuse("these spatial axes")
}

/** Dilated and strided: every window of stride 1, then every stride-th of them. */
function sampled(x: tf.Tensor, kind: Kind, windows: Windows, call: Call): tf.Tensor {
  const dense = pooled(x, kind, { ...windows, strides: windows.strides.map(() => 1) }, call)
  return windows.strides.reduce((made, stride, i) => {
    const size = made.shape[i + 1] as number
    const rows = Array.from({ length: Math.ceil(size / stride) }, (_, k) => k * stride)
    return tf.gather(made, tf.tensor1d(rows, "int32"), i + 1)
  }, dense)
}

const pool =
  (kind: Kind): Operator =>
  (call) => {
    if (call.node.outputs.length > 1 && call.node.outputs[1] !== "") throw call.refuse("indices")
    const x = call.input(0)
    const sizes = x.dims.slice(2)
    const flat = x.rank === 3
    let windows = windowsOf(call, call.ints("kernel_shape") as readonly number[], sizes)
    const declared = windows.pads
    if (call.int("ceil_mode", 0) === 1) windows = ceiled(windows, sizes)
    const floats = (t: tf.Tensor) => (t.dtype === "float32" ? t : tf.cast(t, "float32"))
    let images = floats(flat ? tf.expandDims(tf.transpose(x.tensor, [0, 2, 1]), 2) : lastOf(x))
    if (flat)
      windows = {
        kernel: [...windows.kernel, 1],
        strides: [...windows.strides, 1],
        dilations: [...windows.dilations, 1],
        pads: [...windows.pads, [0, 0]],
      }
    const spatial = images.shape.slice(1, -1)
    call.sized(paddedDims(images.shape, windows.pads))
    images = padSpatial(call, images, windows.pads, kind === "max" ? -3e38 : 0)
    let made = pooled(images, kind, windows, call)
    if (kind === "avg" && windows.pads.some(([a, b]) => a > 0 || b > 0)) {
      const counted =
        call.int("count_include_pad", 0) === 1
          ? flat
            ? [...declared, [0, 0] as const]
            : declared
          : undefined
      made = tf.div(made, shares(spatial, windows, counted, call))
    }
    if (flat) return Value.of(tf.cast(tf.transpose(tf.squeeze(made, [2]), [0, 2, 1]), x.dtype))
    return made.rank === 4
      ? Value.channelsLast(tf.cast(made, x.dtype) as tf.Tensor4D)
      : Value.of(tf.transpose(made, [0, 4, 1, 2, 3]))
  }

const lastOf = (x: Value): tf.Tensor => (x.rank === 4 ? x.last : tf.transpose(x.tensor, [0, 2, 3, 4, 1]))

/** Which part of each window counts: what lies inside the image, and inside the declared pads where they count. */
function shares(
  sizes: readonly number[],
  windows: Windows,
  counted: Windows["pads"] | undefined,
  call: Call,
): tf.Tensor {
  const inside = tf.ones([1, ...sizes, 1])
  const wide = counted ? padSpatial(call, inside, counted, 1) : inside
  const rest = windows.pads.map(
    ([before, after], i) => [before - (counted?.[i]?.[0] ?? 0), after - (counted?.[i]?.[1] ?? 0)] as const,
  )
  return pooled(padSpatial(call, wide, rest), "avg", windows, call)
}

/** The mean or maximum over all spatial axes, which stay as ones. */
const global =
  (reduce: (x: tf.Tensor, axes: number[]) => tf.Tensor): Operator =>
  (call) => {
    const x = call.input(0)
    if (x.isLast) return Value.channelsLast(reduce(x.last, [1, 2]) as tf.Tensor4D)
    return Value.of(
      reduce(
        x.tensor,
        x.dims.slice(2).map((_, i) => i + 2),
      ),
    )
  }

/** (sum |x|^p)^(1/p) over windows. */
const lpPool: Operator = (call) => {
  const x = call.input(0)
  if (x.rank !== 4) throw call.refuse(`${x.rank - 2} spatial axes`)
  const p = call.int("p", 2)
  const sizes = x.dims.slice(2)
  let windows = windowsOf(call, call.ints("kernel_shape") as readonly number[], sizes)
  if (call.int("ceil_mode", 0) === 1) windows = ceiled(windows, sizes)
  const powers = padSpatial(call, tf.pow(tf.abs(x.last), p), windows.pads)
  const area = windows.kernel.reduce((a, b) => a * b)
  const mean = pooled(powers, "avg", windows, call)
  return Value.channelsLast(tf.pow(tf.mul(mean, area), 1 / p) as tf.Tensor4D)
}

export const pooling: Operators = {
  AveragePool: pool("avg"),
  GlobalAveragePool: global((x, axes) => tf.mean(x, axes, true)),
  GlobalLpPool: (call) => {
    const p = call.int("p", 2)
    return global((x, axes) => tf.pow(tf.sum(tf.pow(tf.abs(x), p), axes, true), 1 / p))(call)
  },
  GlobalMaxPool: global((x, axes) => tf.max(x, axes, true)),
  LpPool: lpPool,
  MaxPool: pool("max"),
}
