import * as tf from "@tensorflow/tfjs-core"
import { type Operator, type Operators, wrap } from "../call.js"
import { frozen } from "../frozen.js"
import { Value } from "../value.js"

/** [C] beside [N, C, ...]. */
const perChannel = (value: Value, rank: number): tf.Tensor =>
  tf.reshape(value.tensor, [1, value.size, ...new Array<number>(Math.max(0, rank - 2)).fill(1)])

const batchNormalization: Operator = (call) => {
  if (call.int("training_mode", 0) === 1) throw call.refuse("training mode")
  const x = call.input(0)
  const epsilon = call.float("epsilon", 1e-5)
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map((i) => call.input(i)) as [
    Value,
    Value,
    Value,
    Value,
  ]
  const factor = tf.div(scale.tensor, tf.sqrt(tf.add(variance.tensor, epsilon)))
  const offset = tf.sub(shift.tensor, tf.mul(mean.tensor, factor))
  if (x.isLast) return Value.channelsLast(tf.add(tf.mul(x.last, factor), offset) as tf.Tensor4D)
  const [a, b] = [factor, offset].map((t) => perChannel(Value.of(t), x.rank)) as [tf.Tensor, tf.Tensor]
  return Value.of(tf.add(tf.mul(x.tensor, a), b))
}

/** (x - mean) / sqrt(variance + epsilon) over axes. */
function standardized(x: tf.Tensor, axes: number[], epsilon: number) {
  const mean = tf.mean(x, axes, true)
  const centered = tf.sub(x, mean)
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centered), axes, true), epsilon))
  return { y: tf.mul(centered, inverse), mean, inverse }
}

const instanceNormalization: Operator = (call) => {
  const [x, scale, shift] = [call.input(0), call.input(1), call.input(2)]
  const axes = x.dims.slice(2).map((_, i) => i + 2)
  const { y } = standardized(x.tensor, axes, call.float("epsilon", 1e-5))
  return Value.of(tf.add(tf.mul(y, perChannel(scale, x.rank)), perChannel(shift, x.rank)))
}

const groupNormalization: Operator = (call) => {
  const [x, scale, shift] = [call.input(0), call.input(1), call.input(2)]
  const groups = call.int("num_groups", 1)
  const [n, c, ...spatial] = x.dims as [number, number, ...number[]]
  const parts = tf.reshape(x.tensor, [n, groups, x.size / (n * groups)])
  const { y } = standardized(parts, [2], call.float("epsilon", 1e-5))
  // Until opset 20 scale and bias are one number a group, since then one a channel.
  const each = (value: Value) =>
    value.size === c || groups === c
      ? perChannel(value, x.rank)
      : perChannel(
          Value.of(tf.reshape(tf.tile(tf.reshape(value.tensor, [groups, 1]), [1, c / groups]), [c])),
          x.rank,
        )
  return Value.of(tf.add(tf.mul(tf.reshape(y, [n, c, ...spatial]), each(scale)), each(shift)))
}

const layerNormalization: Operator = (call) => {
  const [x, scale, shift] = [call.input(0), call.input(1), call.optional(2)]
  const first = call.axis("axis", -1, x.rank)
  const axes = x.dims.flatMap((_, i) => (i >= first ? [i] : []))
  const { y, mean, inverse } = standardized(x.tensor, axes, call.float("epsilon", 1e-5))
  const scaled = tf.mul(y, scale.tensor)
  return [Value.of(shift ? tf.add(scaled, shift.tensor) : scaled), Value.of(mean), Value.of(inverse)]
}

const rmsNormalization: Operator = (call) => {
  const [x, scale] = [call.input(0), call.input(1)]
  const first = call.axis("axis", -1, x.rank)
  const axes = x.dims.flatMap((_, i) => (i >= first ? [i] : []))
  const mean = tf.mean(tf.square(x.tensor), axes, true)
  return Value.of(tf.mul(tf.mul(x.tensor, tf.rsqrt(tf.add(mean, call.float("epsilon", 1e-5)))), scale.tensor))
}

const lpNormalization: Operator = (call) => {
  const x = call.input(0)
  const axis = call.axis("axis", -1, x.rank)
  const length =
    call.int("p", 2) === 1
      ? tf.sum(tf.abs(x.tensor), axis, true)
      : tf.sqrt(tf.sum(tf.square(x.tensor), axis, true))
  // A vector of zeros stays one.
  return Value.of(
    tf.div(
      x.tensor,
      tf.add(
        length,
        frozen(() => tf.cast(tf.equal(length, 0), "float32")),
      ),
    ),
  )
}

const meanVarianceNormalization: Operator = (call) => {
  const x = call.input(0)
  const axes = (call.ints("axes") ?? [0, 2, 3]).map((axis) => wrap(axis, x.rank))
  const centered = tf.sub(x.tensor, tf.mean(x.tensor, axes, true))
  return Value.of(tf.div(centered, tf.add(tf.sqrt(tf.mean(tf.square(centered), axes, true)), 1e-9)))
}

/** Local response normalization: over `size` neighboring channels. */
const lrn: Operator = (call) => {
  const x = call.input(0)
  const size = call.int("size", 1)
  const before = Math.floor((size - 1) / 2)
  const c = x.dims[1] as number
  const squares = tf.square(x.tensor)
  const pads = x.dims.map((_, i): [number, number] => (i === 1 ? [before, size - 1 - before] : [0, 0]))
  const padded = tf.pad(squares, pads)
  const parts = Array.from({ length: size }, (_, k) => {
    const begin = x.dims.map((_, i) => (i === 1 ? k : 0))
    return tf.slice(
      padded,
      begin,
      x.dims.map((dim, i) => (i === 1 ? c : dim)),
    )
  })
  const total = tf.addN(parts)
  const base = tf.add(call.float("bias", 1), tf.mul(call.float("alpha", 1e-4) / size, total))
  return Value.of(tf.div(x.tensor, tf.pow(base, call.float("beta", 0.75))))
}

export const normalizations: Operators = {
  BatchNormalization: batchNormalization,
  GroupNormalization: groupNormalization,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
  LpNormalization: lpNormalization,
  LRN: lrn,
  MeanVarianceNormalization: meanVarianceNormalization,
  RMSNormalization: rmsNormalization,
}
