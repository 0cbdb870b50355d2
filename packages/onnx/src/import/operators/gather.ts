import * as tf from "@tensorflow/tfjs-core"
import { type Call, type Operator, type Operators, wrap } from "../call.js"
import { frozen } from "../frozen.js"
import { Value } from "../value.js"
import { stridesOf } from "./broadcast.js"
import { along } from "./reduce.js"
import { picked, sliced } from "./shape.js"

/** Indices below 0 count from the end. */
function indexTensor(indices: Value, size: number): tf.Tensor {
  if (indices.host)
    return tf.tensor(
      Int32Array.from(indices.host, (index) => wrap(index, size)),
      [...indices.dims],
      "int32",
    )
  const given = indices.tensor
  return tf.cast(tf.where(tf.less(given, 0), tf.add(given, size), given), "int32")
}

const gather: Operator = (call) => {
  const [x, indices] = [call.input(0), call.input(1)]
  const axis = call.axis("axis", 0, x.rank)
  const size = x.dims[axis] as number
  const dims = [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)]
  if (x.host && indices.host) {
    const rows = Array.from(indices.host, (index) => wrap(index, size))
    const flat = sliced(x, axis, rows)
    return Value.known(flat.host as ArrayLike<number>, dims, x.dtype)
  }
  const flat = tf.reshape(indexTensor(indices, size), [indices.size])
  return Value.of(tf.reshape(tf.gather(x.tensor, flat as tf.Tensor1D, axis), dims))
}

/** Elements by their place in the flat tensor: differentiable, unlike the kernels that gather by tuples. */
function flatGather(x: tf.Tensor, place: tf.Tensor): tf.Tensor {
  const taken = tf.gather(
    tf.reshape(x, [x.size]),
    tf.cast(tf.reshape(place, [place.size]), "int32") as tf.Tensor1D,
  )
  return tf.reshape(taken, place.shape)
}

/** For each element of indices, its place in a flat tensor of `dims` when `axis` is replaced by the index. */
function placesAlong(indices: tf.Tensor, dims: readonly number[], axis: number): tf.Tensor {
  const strides = stridesOf(dims)
  let place: tf.Tensor = tf.mul(indices, strides[axis] as number)
  for (const [i, size] of indices.shape.entries()) {
    if (i === axis) continue
    const shape = indices.shape.map((_, j) => (j === i ? size : 1))
    const steps = tf.tensor(
      Int32Array.from({ length: size }, (_, k) => k * (strides[i] as number)),
      shape,
      "int32",
    )
    place = tf.add(place, steps)
  }
  return place
}

export function gatherAlong(x: tf.Tensor, indices: tf.Tensor, axis: number): tf.Tensor {
  return flatGather(x, placesAlong(indices, x.shape, axis))
}

const gatherElements: Operator = (call) => {
  const [x, indices] = [call.input(0), call.input(1)]
  const axis = call.axis("axis", 0, x.rank)
  return Value.of(gatherAlong(x.tensor, indexTensor(indices, x.dims[axis] as number), axis))
}

/** Places of index tuples, the last axis of `indices`, after `batch` axes in common. */
function placesOf(indices: Value, dims: readonly number[], batch: number): tf.Tensor {
  const depth = indices.dims.at(-1) as number
  const strides = stridesOf(dims)
  const outer = indices.dims.slice(0, -1)
  let place: tf.Tensor = tf.zeros(outer, "int32")
  const columns = depth === 0 ? [] : tf.split(tf.cast(indices.tensor, "int32"), depth, -1)
  for (const [i, column] of columns.entries()) {
    const size = dims[batch + i] as number
    const index = tf.reshape(column, outer)
    const positive = tf.where(tf.less(index, 0), tf.add(index, size), index)
    place = tf.add(place, tf.mul(positive, strides[batch + i] as number))
  }
  for (let i = 0; i < batch; i++) {
    const shape = outer.map((size, j) => (j === i ? size : 1))
    const steps = Int32Array.from({ length: outer[i] as number }, (_, k) => k * (strides[i] as number))
    place = tf.add(place, tf.tensor(steps, shape, "int32"))
  }
  return tf.cast(place, "int32")
}

/** Each place is the first of `inner` neighbors. */
function withInner(place: tf.Tensor, inner: number): tf.Tensor {
  if (inner === 1) return place
  const steps = tf.range(0, inner, 1, "int32")
  return tf.add(tf.expandDims(place, -1), steps)
}

const gatherND: Operator = (call) => {
  const [x, indices] = [call.input(0), call.input(1)]
  const batch = call.int("batch_dims", 0)
  const rest = x.dims.slice(batch + (indices.dims.at(-1) as number))
  const inner = rest.reduce((a, b) => a * b, 1)
  const taken = flatGather(x.tensor, withInner(placesOf(indices, x.dims, batch), inner))
  return Value.of(tf.reshape(taken, [...indices.dims.slice(0, -1), ...rest]))
}

/** x with `updates` at flat places, the last of equal places winning: a gather of both, which is differentiable. */
function placed(x: Value, place: tf.Tensor, updates: tf.Tensor, call: Call): Value {
  const mode = call.string("reduction", "none")
  const flat = tf.reshape(x.tensor, [x.size])
  const values = tf.reshape(updates, [updates.size])
  const places = tf.cast(tf.reshape(place, [place.size]), "int32") as tf.Tensor1D
  if (mode === "add") {
    const order = tf.expandDims(places, 1)
    const added = tf.scatterND(order as tf.Tensor2D, values, [x.size])
    return Value.of(tf.cast(tf.reshape(tf.add(flat, added), [...x.dims]), x.dtype))
  }
  if (mode !== "none") throw call.refuse(`reduction ${mode}`)
  const own = tf.range(0, x.size, 1, "int32")
  const theirs = tf.range(x.size, x.size + values.size, 1, "int32")
  const source = tf.tensorScatterUpdate(own, tf.expandDims(places, 1), theirs) as tf.Tensor1D
  return Value.of(tf.reshape(tf.gather(tf.concat([flat, values]), tf.cast(source, "int32")), [...x.dims]))
}

const scatterND: Operator = (call) => {
  const [x, indices, updates] = [call.input(0), call.input(1), call.input(2)]
  const inner = x.dims.slice(indices.dims.at(-1)).reduce((a, b) => a * b, 1)
  return placed(x, withInner(placesOf(indices, x.dims, 0), inner), updates.tensor, call)
}

const scatterElements: Operator = (call) => {
  const [x, indices, updates] = [call.input(0), call.input(1), call.input(2)]
  const axis = call.axis("axis", 0, x.rank)
  const index = indexTensor(indices, x.dims[axis] as number)
  return placed(x, placesAlong(index, x.dims, axis), updates.tensor, call)
}

/** Values by their indices: sorting has no gradient in TensorFlow.js, taking has. */
const topK: Operator = (call) => {
  const x = call.input(0)
  const k = call.has("k") ? call.int("k", 1) : (call.known(call.input(1), "a k")[0] as number)
  const axis = call.axis("axis", -1, x.rank)
  const sign = call.int("largest", 1) === 1 ? 1 : -1
  // Asked for outside of `frozen`, which frees what is made in it.
  const { tensor } = x
  const indices = frozen(() => along(tensor, axis, (t) => tf.topk(tf.mul(t, sign), k, true).indices))
  return [Value.of(gatherAlong(x.tensor, indices, axis)), Value.of(indices)]
}

const oneHot: Operator = (call) => {
  const indices = call.input(0)
  const depth = call.known(call.input(1), "a depth")[0] as number
  const [off, on] = call.known(call.input(2), "values") as [number, number]
  const axis = call.axis("axis", -1, indices.rank + 1)
  call.sized([...indices.dims, depth])
  const wrapped = tf.cast(tf.mod(indices.tensor, depth), "int32")
  const inside = tf.logicalAnd(tf.greaterEqual(indices.tensor, -depth), tf.less(indices.tensor, depth))
  const hot = tf.mul(
    tf.cast(tf.oneHot(wrapped as tf.Tensor1D, depth), "float32"),
    tf.expandDims(tf.cast(inside, "float32"), -1),
  )
  const made = tf.cast(tf.add(tf.mul(hot, on - off), off), call.input(2).dtype)
  const order = made.shape.map((_, i) => i)
  const last = order.pop() as number
  order.splice(axis, 0, last)
  return Value.of(tf.transpose(made, order))
}

/** Rows that a known condition keeps. */
const compress: Operator = (call) => {
  let x = call.input(0)
  const keep = call.known(call.input(1), "a condition")
  if (!call.has("axis")) x = Value.of(tf.reshape(x.tensor, [x.size]))
  const axis = call.has("axis") ? call.axis("axis", 0, x.rank) : 0
  return sliced(
    x,
    axis,
    keep.flatMap((yes, i) => (yes ? [i] : [])),
  )
}

const nonZero: Operator = (call) => {
  const x = call.input(0)
  if (!x.host) throw call.refuse("values that depend on the images")
  const strides = stridesOf(x.dims)
  const found = Array.from(x.host).flatMap((value, i) => (value ? [i] : []))
  const rows = x.dims.flatMap((size, axis) =>
    found.map((i) => Math.floor(i / (strides[axis] as number)) % size),
  )
  return Value.known(rows, [x.rank, found.length], "int32")
}

/** Constant, reflected, repeated or wrapped borders; negative pads cut. */
const pad: Operator = (call) => {
  let x = call.input(0)
  const pads = call.list(call.opset < 2 ? "paddings" : "pads", 1) ?? []
  const axes = call.optional(3)
    ? call.known(call.input(3), "axes").map((axis) => wrap(axis, x.rank))
    : x.dims.map((_, i) => i)
  const mode = call.string("mode", "constant")
  const fill = call.optional(2) ? (call.known(call.input(2), "a value")[0] ?? 0) : call.float("value", 0)
  const around = x.dims.map((): [number, number] => [0, 0])
  for (const [i, axis] of axes.entries()) around[axis] = [pads[i] as number, pads[i + axes.length] as number]
  call.sized(x.dims.map((size, axis) => size + (around[axis]?.[0] ?? 0) + (around[axis]?.[1] ?? 0)))
  if (mode === "constant") {
    for (const [axis, [before, after]] of around.entries())
      if (before < 0 || after < 0) {
        const size = x.dims[axis] as number
        const first = Math.max(0, -before)
        x = sliced(
          x,
          axis,
          Array.from({ length: size - first - Math.max(0, -after) }, (_, i) => first + i),
        )
      }
    const positive = around.map(([a, b]): [number, number] => [Math.max(0, a), Math.max(0, b)])
    if (positive.every(([a, b]) => a === 0 && b === 0)) return x
    return Value.of(tf.pad(x.tensor, positive, fill))
  }
  for (const [axis, [before, after]] of around.entries()) {
    const size = x.dims[axis] as number
    const rows = Array.from({ length: before + size + after }, (_, i) => borderRow(i - before, size, mode))
    x = sliced(x, axis, rows)
  }
  return x
}

/** Where an index outside of 0..size-1 takes its value from. */
function borderRow(i: number, size: number, mode: string): number {
  if (mode === "edge") return Math.min(size - 1, Math.max(0, i))
  if (mode === "wrap") return ((i % size) + size) % size
  const period = Math.max(1, 2 * (size - 1))
  const at = ((i % period) + period) % period
  return at < size ? at : period - at
}

/** Reverses the first `lengths[b]` steps of each sequence. */
const reverseSequence: Operator = (call) => {
  const x = call.input(0)
  const lengths = call.known(call.input(1), "lengths")
  const [batch, time] = [call.int("batch_axis", 1), call.int("time_axis", 0)]
  if (!x.host) {
    const size = x.dims[time] as number
    const parts = lengths.map(
      (length, b) =>
        sliced(
          sliced(x, batch, [b]),
          time,
          Array.from({ length: size }, (_, i) => (i < length ? length - 1 - i : i)),
        ).tensor,
    )
    return Value.of(tf.concat(parts, batch))
  }
  return picked(x, x.dims, (at) =>
    at.map((index, axis) => {
      const length = lengths[at[batch] as number] as number
      return axis === time && index < length ? length - 1 - index : index
    }),
  )
}

export const gathers: Operators = {
  Compress: compress,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  NonZero: nonZero,
  OneHot: oneHot,
  Pad: pad,
  ReverseSequence: reverseSequence,
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
  TopK: topK,
}
