import * as tf from "@tensorflow/tfjs-core"
import { type Operator, type Operators, wrap } from "../call.js"
import { frozen } from "../frozen.js"
import { Value } from "../value.js"
import { positions, stridesOf } from "./broadcast.js"

interface Rule {
  readonly run: (x: tf.Tensor, axes: number[], keep: boolean) => tf.Tensor
  readonly host?: (values: readonly number[]) => number
  /** The result for no elements, where `run` does not give it. */
  readonly empty?: number
}

/** Axes are an attribute in older opsets and an input in newer ones; none are all, or with noop_with_empty_axes none. */
function reduction({ run, host, empty }: Rule): Operator {
  return (call) => {
    const x = call.input(0)
    const given = call.list("axes", 1)
    const keep = call.int("keepdims", 1) === 1
    if ((given === undefined || given.length === 0) && call.int("noop_with_empty_axes", 0) === 1)
      return call.node.op === "ReduceSum" || call.node.op === "ReduceMean"
        ? x
        : Value.of(run(x.tensor, [], true))
    const axes =
      given === undefined || given.length === 0
        ? x.dims.map((_, i) => i)
        : given.map((axis) => wrap(axis, x.rank))
    if (x.size === 0 && empty !== undefined) {
      const kept = x.dims.map((size, axis) => (axes.includes(axis) ? 1 : size))
      const dims = keep ? kept : kept.filter((_, axis) => !axes.includes(axis))
      const fill = x.dtype === "bool" ? Number(empty > 0) : empty
      return Value.of(tf.fill(dims, fill, x.dtype))
    }
    if (host && x.host) return onHost(x, axes, keep, host)
    if (x.isLast && keep) {
      const last = axes.map((axis) => [0, 3, 1, 2][axis] as number)
      return Value.channelsLast(run(x.last, last, true) as tf.Tensor4D)
    }
    return Value.of(run(x.tensor, axes, keep))
  }
}

function onHost(
  x: Value,
  axes: readonly number[],
  keep: boolean,
  run: (values: readonly number[]) => number,
): Value {
  const kept = x.dims.map((size, axis) => (axes.includes(axis) ? 1 : size))
  const strides = stridesOf(kept)
  const groups: number[][] = Array.from({ length: kept.reduce((a, b) => a * b, 1) }, () => [])
  for (const [i, at] of positions(x.dims).entries()) {
    const group = at.reduce(
      (sum, index, axis) => sum + (axes.includes(axis) ? 0 : index * (strides[axis] as number)),
      0,
    )
    groups[group]?.push((x.host as ArrayLike<number>)[i] as number)
  }
  const dims = keep ? kept : x.dims.filter((_, axis) => !axes.includes(axis))
  return Value.known(groups.map(run), dims, x.dtype)
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
const floats = (x: tf.Tensor) => (x.dtype === "float32" ? x : tf.cast(x, "float32"))
const back = (made: tf.Tensor, x: tf.Tensor) => (x.dtype === "int32" ? tf.cast(made, "int32") : made)

/** The norm, whose gradient at 0 is 0 as PyTorch's, not infinite. */
export function norm2(x: tf.Tensor, axes: number[], keep: boolean): tf.Tensor {
  const squares = tf.sum(tf.square(x), axes, keep)
  const zero = frozen(() => tf.cast(tf.equal(squares, 0), "float32"))
  return tf.mul(tf.sqrt(tf.add(squares, zero)), tf.sub(1, zero))
}

const logSumExp = (x: tf.Tensor, axes: number[], keep: boolean) => tf.logSumExp(x, axes, keep)

/** The index of the largest value along an axis; the last one on request. */
const arg =
  (sign: 1 | -1): Operator =>
  (call) => {
    const x = call.input(0)
    const axis = call.axis("axis", 0, x.rank)
    const size = x.dims[axis] as number
    const lastOne = call.int("select_last_index", 0) === 1
    // Asked for outside of `frozen`, which frees what is made in it.
    const { tensor } = x
    const index = frozen(() => {
      const signed = tf.mul(tensor, sign)
      if (!lastOne) return tf.argMax(signed, axis)
      return tf.cast(tf.sub(size - 1, tf.argMax(tf.reverse(signed, axis), axis)), "int32")
    })
    return Value.of(call.int("keepdims", 1) === 1 ? tf.expandDims(index, axis) : index)
  }

const softmax =
  (run: (x: tf.Tensor) => tf.Tensor): Operator =>
  (call) => {
    const x = call.input(0)
    if (call.opset < 13) {
      // Older opsets flatten the axes from `axis` on into one.
      const axis = call.axis("axis", 1, x.rank)
      const rows = x.dims.slice(0, axis).reduce((a, b) => a * b, 1)
      return Value.of(tf.reshape(run(tf.reshape(x.tensor, [rows, x.size / rows])), [...x.dims]))
    }
    return Value.of(along(x.tensor, call.axis("axis", -1, x.rank), run))
  }

/** Runs on the last axis what belongs on another. */
export function along(x: tf.Tensor, axis: number, run: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  const last = x.rank - 1
  if (axis === last) return run(x)
  const order = x.shape.map((_, i) => (i === axis ? last : i === last ? axis : i))
  return tf.transpose(run(tf.transpose(x, order)), order)
}

const hardmax = (x: tf.Tensor) =>
  frozen(() => tf.cast(tf.oneHot(tf.cast(tf.argMax(x, -1), "int32"), x.shape.at(-1) as number), "float32"))

const cumulative =
  (run: (x: tf.Tensor, axis: number, exclusive: boolean, reverse: boolean) => tf.Tensor): Operator =>
  (call) => {
    const x = call.input(0)
    const axis = wrap(call.known(call.input(1), "an axis")[0] as number, x.rank)
    return Value.of(
      along(x.tensor, axis, (t) =>
        run(t, t.rank - 1, call.int("exclusive", 0) === 1, call.int("reverse", 0) === 1),
      ),
    )
  }

export const reductions: Operators = {
  ArgMax: arg(1),
  ArgMin: arg(-1),
  CumSum: cumulative((x, axis, exclusive, reverse) => tf.cumsum(x, axis, exclusive, reverse)),
  Hardmax: softmax(hardmax),
  LogSoftmax: softmax((x) => tf.logSoftmax(x)),
  ReduceL1: reduction({ run: (x, axes, keep) => tf.sum(tf.abs(x), axes, keep) }),
  ReduceL2: reduction({ run: (x, axes, keep) => back(norm2(floats(x), axes, keep), x) }),
  ReduceLogSum: reduction({ run: (x, axes, keep) => back(tf.log(tf.sum(floats(x), axes, keep)), x) }),
  ReduceLogSumExp: reduction({
    run: (x, axes, keep) => back(logSumExp(floats(x), axes, keep), x),
    empty: Number.NEGATIVE_INFINITY,
  }),
  ReduceMax: reduction({
    run: (x, axes, keep) =>
      tf.cast(tf.max(x.dtype === "bool" ? tf.cast(x, "int32") : x, axes, keep), x.dtype),
    host: (v) => Math.max(...v),
    empty: Number.NEGATIVE_INFINITY,
  }),
  ReduceMean: reduction({
    run: (x, axes, keep) => back(tf.mean(floats(x), axes, keep), x),
    host: (v) => sum(v) / v.length,
  }),
  ReduceMin: reduction({
    run: (x, axes, keep) =>
      tf.cast(tf.min(x.dtype === "bool" ? tf.cast(x, "int32") : x, axes, keep), x.dtype),
    host: (v) => Math.min(...v),
    empty: Number.POSITIVE_INFINITY,
  }),
  ReduceProd: reduction({
    run: (x, axes, keep) => tf.prod(x, axes, keep),
    host: (v) => v.reduce((a, b) => a * b, 1),
  }),
  ReduceSum: reduction({ run: (x, axes, keep) => tf.sum(x, axes, keep), host: sum }),
  ReduceSumSquare: reduction({ run: (x, axes, keep) => tf.sum(tf.mul(x, x), axes, keep) }),
  Softmax: softmax((x) => tf.softmax(x)),
}
