import * as tf from "@tensorflow/tfjs-core"
import { ImportError } from "../../import-error.js"
import { type Call, type Operator, type Operators, wrap } from "../call.js"
import { MAX_HOST } from "../limits.js"
import { isSmall, Value } from "../value.js"
import { positions, stridesOf } from "./broadcast.js"

const ints = (numbers: readonly number[], dims: readonly number[] = [numbers.length]) =>
  Value.known(numbers, dims, "int32")

/** The same elements in another shape. @throws ImportError "onnx-run" when there are more or fewer */
function reshaped(x: Value, dims: readonly number[], call: Call): Value {
  const size = dims.reduce((product, dim) => product * dim, 1)
  if (size !== x.size || dims.some((dim) => !Number.isInteger(dim) || dim < 0))
    throw new ImportError(
      "onnx-run",
      `${call.node.op} got the shape [${x.dims}] and was to make [${dims}], expected ${x.size} elements.`,
      "Feed images of the size that the model was exported for.",
    )
  return x.host ? Value.known(x.host, dims, x.dtype) : Value.of(tf.reshape(x.tensor, [...dims]))
}

/** Elements of a known value at index tuples. */
export function picked(
  x: Value,
  dims: readonly number[],
  source: (at: readonly number[]) => readonly number[],
): Value {
  const strides = stridesOf(x.dims)
  const numbers = positions(dims).map((at) => {
    const from = source(at)
    return (x.host as ArrayLike<number>)[
      from.reduce((sum, index, i) => sum + index * (strides[i] as number), 0)
    ] as number
  })
  return Value.known(numbers, dims, x.dtype)
}

const reshape: Operator = (call) => {
  const x = call.input(0)
  const wanted = call.list("shape", 1) ?? []
  const zero = call.int("allowzero", 0) === 1
  const dims = wanted.map((size, i) => (size === 0 && !zero ? (x.dims[i] as number) : size))
  const open = dims.indexOf(-1)
  if (open >= 0)
    dims[open] = x.size / dims.reduce((product, size) => (size === -1 ? product : product * size), 1)
  return reshaped(x, dims, call)
}

const flatten: Operator = (call) => {
  const x = call.input(0)
  const axis = call.axis("axis", 1, x.rank)
  const rows = x.dims.slice(0, axis).reduce((a, b) => a * b, 1)
  return reshaped(x, [rows, x.size / rows], call)
}

const transpose: Operator = (call) => {
  const x = call.input(0)
  const order = call.ints("perm") ?? x.dims.map((_, i) => x.rank - 1 - i)
  const dims = order.map((axis) => x.dims[axis] as number)
  if (x.host) return picked(x, dims, (at) => x.dims.map((_, axis) => at[order.indexOf(axis)] as number))
  if (x.isLast && order.join() === "0,2,3,1") return Value.of(x.last)
  if (x.rank === 4 && order.join() === "0,3,1,2") return Value.channelsLast(x.tensor as tf.Tensor4D)
  return Value.of(tf.transpose(x.tensor, [...order]))
}

const squeeze: Operator = (call) => {
  const x = call.input(0)
  const axes = call.list("axes", 1)?.map((axis) => wrap(axis, x.rank))
  return reshaped(
    x,
    x.dims.filter((size, i) => (axes ? !axes.includes(i) : size !== 1)),
    call,
  )
}

const unsqueeze: Operator = (call) => {
  const x = call.input(0)
  const given = call.list("axes", 1) ?? []
  const rank = x.rank + given.length
  const axes = given.map((axis) => wrap(axis, rank))
  let next = 0
  return reshaped(
    x,
    Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : (x.dims[next++] as number))),
    call,
  )
}

const expand: Operator = (call) => {
  const x = call.input(0)
  const wanted = call.known(call.input(1), "a shape")
  const rank = Math.max(x.rank, wanted.length)
  const dims = call.sized(
    Array.from({ length: rank }, (_, i) => {
      const [have, want] = [x.dims[i - rank + x.rank] ?? 1, wanted[i - rank + wanted.length] ?? 1]
      return have === 1 ? want : have
    }),
  )
  if (x.host && isSmall(dims))
    return picked(x, dims, (at) =>
      x.dims.map((size, i) => (size === 1 ? 0 : (at[i + rank - x.rank] as number))),
    )
  return Value.of(tf.broadcastTo(x.tensor, dims))
}

const tile: Operator = (call) => {
  const x = call.input(0)
  const repeats = call.known(call.input(1), "repeats")
  const dims = call.sized(x.dims.map((size, i) => size * (repeats[i] as number)))
  if (x.host && isSmall(dims))
    return picked(x, dims, (at) => at.map((index, i) => index % (x.dims[i] as number)))
  return Value.of(tf.tile(x.tensor, repeats))
}

const concat: Operator = (call) => {
  const values = call.inputs.map((_, i) => call.input(i))
  const [first] = values as [Value]
  const axis = call.axis("axis", 1, first.rank)
  if (values.every(({ host }) => host)) {
    if (first.rank <= 1)
      return Value.known(
        values.flatMap(({ host }) => Array.from(host as ArrayLike<number>)),
        [values.reduce((sum, { size }) => sum + size, 0)],
        first.dtype,
      )
  }
  if (values.some(({ isLast }) => isLast) && first.rank === 4)
    return Value.channelsLast(
      tf.concat(
        values.map(({ last }) => last),
        [0, 3, 1, 2][axis] as number,
      ) as tf.Tensor4D,
    )
  return Value.of(
    tf.concat(
      values.map(({ tensor }) => tensor),
      axis,
    ),
  )
}

const split: Operator = (call) => {
  const x = call.input(0)
  const axis = call.axis("axis", 0, x.rank)
  const size = x.dims[axis] as number
  const parts = call.node.outputs.length
  const each = Math.ceil(size / call.int("num_outputs", parts))
  const sizes =
    call.list("split", 1) ?? Array.from({ length: parts }, (_, i) => Math.min(each, size - i * each))
  let begin = 0
  return sizes.map((length) => {
    call.sized([length], size)
    const start = begin
    begin += length
    return sliced(
      x,
      axis,
      Array.from({ length }, (_, i) => start + i),
    )
  })
}

/** Rows of one axis, in any order. */
export function sliced(x: Value, axis: number, rows: readonly number[]): Value {
  const dims = x.dims.map((size, i) => (i === axis ? rows.length : size))
  if (rows.length === x.dims[axis] && rows.every((row, i) => row === i)) return x
  if (x.host)
    return picked(x, dims, (at) => at.map((index, i) => (i === axis ? (rows[index] as number) : index)))
  const start = rows[0] ?? 0
  const begin = dims.map((_, i) => (i === axis ? start : 0))
  if (rows.every((row, i) => row === start + i)) return Value.of(tf.slice(x.tensor, begin, dims))
  return Value.of(tf.gather(x.tensor, tf.tensor1d([...rows], "int32"), axis))
}

const slice: Operator = (call) => {
  let x = call.input(0)
  const starts = call.list("starts", 1) ?? []
  const ends = call.list("ends", 2) ?? []
  const axes = call.list("axes", 3) ?? starts.map((_, i) => i)
  const steps = call.list("steps", 4) ?? starts.map(() => 1)
  for (const [i, given] of axes.entries()) {
    const axis = wrap(given, x.rank)
    const size = x.dims[axis] as number
    x = sliced(x, axis, range(starts[i] as number, ends[i] as number, steps[i] as number, size))
  }
  return x
}

/** Indices that start:end:step takes of an axis. As numpy's, but a start before a reversed axis is its first element. */
function range(start: number, end: number, step: number, size: number): number[] {
  const clamp = (value: number, low: number, high: number) =>
    Math.min(high, Math.max(low, value < 0 ? value + size : value))
  const rows: number[] = []
  if (step > 0) for (let i = clamp(start, 0, size); i < clamp(end, 0, size); i += step) rows.push(i)
  else for (let i = clamp(start, 0, size - 1); i > clamp(end, -1, size - 1); i += step) rows.push(i)
  return rows
}

const shape: Operator = (call) => {
  const { dims } = call.input(0)
  const at = (value: number) => Math.min(dims.length, Math.max(0, wrap(value, dims.length)))
  return ints(dims.slice(at(call.int("start", 0)), at(call.int("end", dims.length))))
}

const constant: Operator = (call) => {
  const tensor = call.tensor("value")
  if (tensor) return tensor
  if (call.has("value_int")) return ints([call.int("value_int", 0)], [])
  if (call.has("value_float")) return Value.known([call.float("value_float", 0)], [], "float32")
  const list = call.ints("value_ints")
  if (list) return ints(list)
  const floats = call.floats("value_floats")
  if (floats) return Value.known(floats, [floats.length], "float32")
  throw call.refuse("a value that is no tensor of numbers")
}

const constantOfShape: Operator = (call) => {
  const dims = call.sized(call.known(call.input(0), "a shape"))
  const value = call.tensor("value")
  const fill = value?.host?.[0] ?? 0
  const size = dims.reduce((a, b) => a * b, 1)
  const dtype = value?.dtype ?? "float32"
  return size <= 4096
    ? Value.known(new Array<number>(size).fill(fill), dims, dtype)
    : Value.of(tf.fill(dims, fill, dtype))
}

const rangeOf: Operator = (call) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => call.known(call.input(i), "a limit")[0] as number) as [
    number,
    number,
    number,
  ]
  const count = Math.max(0, Math.ceil((limit - start) / delta))
  call.sized([count], MAX_HOST)
  const numbers = Array.from({ length: count }, (_, i) => start + i * delta)
  return Value.known(numbers, [count], call.input(0).dtype)
}

const eyeLike: Operator = (call) => {
  const [rows, columns] = call.input(0).dims as [number, number]
  const k = call.int("k", 0)
  const numbers = positions([rows, columns]).map(([i, j]) => Number((j as number) - (i as number) === k))
  return Value.known(
    numbers,
    [rows, columns],
    call.has("dtype") && ![1, 10, 11].includes(call.int("dtype", 1))
      ? "int32"
      : call.has("dtype")
        ? "float32"
        : call.input(0).dtype,
  )
}

/** The upper or lower triangle; the rest is 0. */
const trilu: Operator = (call) => {
  const x = call.input(0)
  const k = call.optional(1) ? (call.known(call.input(1), "a diagonal")[0] as number) : 0
  const upper = call.int("upper", 1) === 1
  const [rows, columns] = x.dims.slice(-2) as [number, number]
  const keep = positions([rows, columns]).map(([i, j]) => {
    const above = (j as number) - (i as number)
    return Number(upper ? above >= k : above <= k)
  })
  if (x.host) {
    const size = rows * columns
    return Value.known(
      Array.from(x.host, (value, i) => (keep[i % size] ? value : 0)),
      x.dims,
      x.dtype,
    )
  }
  const mask = tf.tensor(keep, [rows, columns], "bool")
  return Value.of(tf.where(tf.broadcastTo(mask, [...x.dims]), x.tensor, tf.zerosLike(x.tensor)))
}

/** [N, C, H, W] in blocks of channels to larger images. */
const depthToSpace: Operator = (call) => {
  const x = call.input(0)
  const [n, c, h, w] = x.dims as [number, number, number, number]
  const b = call.int("blocksize", 1)
  const crd = call.string("mode", "DCR") === "CRD"
  const parts = tf.reshape(x.tensor, crd ? [n, c / b ** 2, b, b, h, w] : [n, b, b, c / b ** 2, h, w])
  const moved = tf.transpose(parts, crd ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2])
  return Value.of(tf.reshape(moved, [n, c / b ** 2, h * b, w * b]))
}
const spaceToDepth: Operator = (call) => {
  const x = call.input(0)
  const [n, c, h, w] = x.dims as [number, number, number, number]
  const b = call.int("blocksize", 1)
  const order = call.string("mode", "DCR") === "CRD" ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4]
  const moved = tf.transpose(tf.reshape(x.tensor, [n, c, h / b, b, w / b, b]), order)
  return Value.of(tf.reshape(moved, [n, c * b ** 2, h / b, w / b]))
}

export const shapes: Operators = {
  Concat: concat,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  DepthToSpace: depthToSpace,
  Expand: expand,
  EyeLike: eyeLike,
  Flatten: flatten,
  Range: rangeOf,
  Reshape: reshape,
  Shape: shape,
  Size: (call: Call) => ints([call.input(0).size], []),
  Slice: slice,
  SpaceToDepth: spaceToDepth,
  Split: split,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Trilu: trilu,
  Unsqueeze: unsqueeze,
}
