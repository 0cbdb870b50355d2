import * as tf from "@tensorflow/tfjs-core"
import type { Call, Operator, Operators } from "../call.js"
import { frozen } from "../frozen.js"
import { type Dtype, isSmall, Value } from "../value.js"
import { broadcastDims, hostBinary, sameLayout } from "./broadcast.js"

type Unary = (x: tf.Tensor, call: Call) => tf.Tensor

/** A function of each element; known numbers stay known where `host` is given. */
const unary =
  (run: Unary, host?: (x: number, call: Call) => number, dtype?: Dtype): Operator =>
  (call) => {
    const x = call.input(0)
    if (host && x.host)
      return Value.known(
        Array.from(x.host, (value) => host(value, call)),
        x.dims,
        dtype ?? x.dtype,
      )
    return x.isLast ? Value.channelsLast(run(x.last, call) as tf.Tensor4D) : Value.of(run(x.tensor, call))
  }

interface Binary {
  readonly run: (a: tf.Tensor, b: tf.Tensor, call: Call) => tf.Tensor
  readonly host?: (a: number, b: number, call: Call, dtype: Dtype) => number
  /** Comparisons give truth values. */
  readonly dtype?: Dtype
  /** TensorFlow.js gets the gradient wrong when it broadcasts. */
  readonly spread?: boolean
}

function apply({ run, host, dtype, spread }: Binary, call: Call, a: Value, b: Value): Value {
  const dims = broadcastDims(a.dims, b.dims, call)
  if (host && a.host && b.host && isSmall(dims))
    return Value.known(
      hostBinary(a, b, dims, (x, y) => host(x, y, call, a.dtype)),
      dims,
      dtype ?? a.dtype,
    )
  const both = sameLayout(a, b, dims)
  const [x, y] = (spread ? both.tensors.map((t) => tf.broadcastTo(t, both.shape)) : both.tensors) as [
    tf.Tensor,
    tf.Tensor,
  ]
  const made = run(x, y, call)
  return both.last ? Value.channelsLast(made as tf.Tensor4D) : Value.of(made)
}
const binary =
  (rule: Binary): Operator =>
  (call) =>
    apply(rule, call, call.input(0), call.input(1))
/** Sum, Mean, Min, Max: any number of inputs. */
const variadic =
  (rule: Binary, after?: (value: Value, n: number) => Value): Operator =>
  (call) => {
    const values = call.inputs.map((_, i) => call.input(i))
    const total = values.slice(1).reduce((sum, value) => apply(rule, call, sum, value), values[0] as Value)
    return after ? after(total, values.length) : total
  }

const add: Binary = { run: (a, b) => tf.add(a, b), host: (a, b) => a + b }
const maximum: Binary = { run: (a, b) => tf.maximum(a, b), host: (a, b) => Math.max(a, b), spread: true }
const minimum: Binary = { run: (a, b) => tf.minimum(a, b), host: (a, b) => Math.min(a, b), spread: true }
const multiply: Binary = { run: (a, b) => tf.mul(a, b), host: (a, b) => a * b }

/** Integers are divided towards 0. */
const divide: Binary = {
  run(a, b) {
    if (a.dtype === "float32") return tf.div(a, b)
    return tf.cast(tf.mul(tf.mul(tf.sign(a), tf.sign(b)), tf.floorDiv(tf.abs(a), tf.abs(b))), "int32")
  },
  host: (a, b, _, dtype) => (dtype === "float32" ? a / b : Math.trunc(a / b)),
}

/** With fmod the sign is the dividend's, else the divisor's. */
const modulo: Binary = {
  run(a, b, call) {
    const rest = tf.cast(tf.mul(tf.sign(a), tf.mod(tf.abs(a), tf.abs(b))), a.dtype)
    if (call.int("fmod", 0) === 1) return rest
    // Not TensorFlow.js's own: it gives NaN for an infinite divisor.
    const other = frozen(() => tf.less(tf.mul(rest, tf.sign(b)), 0))
    return tf.where(tf.broadcastTo(other, rest.shape), tf.add(rest, tf.broadcastTo(b, rest.shape)), rest)
  },
  host: (a, b, call) => (call.int("fmod", 0) === 1 ? a % b : a - b * Math.floor(a / b)),
}

const power: Operator = (call) => {
  const [x, exponent] = [call.input(0), call.input(1)]
  const known = exponent.host && exponent.size === 1 ? exponent.host[0] : undefined
  const simple = known === 2 ? tf.square : known === 0.5 ? tf.sqrt : known === 1 ? tf.clone : undefined
  if (simple && !x.host && exponent.rank <= x.rank) return unary((t) => simple(t))(call)
  return apply(
    {
      run: (a, b) => tf.cast(tf.pow(a, tf.cast(b, a.dtype)), a.dtype),
      host: (a, b, _, dtype) => (dtype === "float32" ? a ** b : Math.trunc(a ** b)),
    },
    call,
    x,
    exponent,
  )
}

const compare = (
  run: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  host: (a: number, b: number) => boolean,
): Operator =>
  binary({ run: (a, b) => frozen(() => run(a, b)), host: (a, b) => Number(host(a, b)), dtype: "bool" })

/** The limits are attributes up to opset 10, inputs since. */
const clip: Operator = (call) => {
  const limit = (name: string, index: number, otherwise: number) =>
    call.optional(index) ?? Value.known([call.float(name, otherwise)], [], "float32")
  const [low, high] = [limit("min", 1, Number.NEGATIVE_INFINITY), limit("max", 2, Number.POSITIVE_INFINITY)]
  const x = call.input(0)
  const [least, most] = [low.host?.[0], high.host?.[0]]
  if (least !== undefined && most !== undefined && x.dtype === "float32" && least <= most)
    return unary(
      (t) => tf.clipByValue(t, least, most),
      (value) => Math.min(most, Math.max(least, value)),
    )(call)
  return apply(minimum, call, apply(maximum, call, x, low), high)
}

/** alpha x below 0, by channel or element. */
const prelu: Operator = (call) => {
  const slope = call.input(1)
  const positive = unary((t) => tf.relu(t))(call) as Value
  const negative = unary((t) => tf.relu(tf.neg(t)))(call) as Value
  return apply({ run: (a, b) => tf.sub(a, b) }, call, positive, apply(multiply, call, negative, slope))
}

const where: Operator = (call) => {
  const [condition, a, b] = [call.input(0), call.input(1), call.input(2)]
  const dims = broadcastDims(broadcastDims(condition.dims, a.dims, call), b.dims, call)
  if (condition.host && a.host && b.host && isSmall(dims)) {
    const at = (value: Value) =>
      hostBinary(
        value,
        Value.known(
          [0],
          dims.map(() => 1),
          "int32",
        ),
        dims,
        (x) => x,
      )
    const [c, x, y] = [at(condition), at(a), at(b)]
    return Value.known(
      c.map((yes, i) => (yes ? x[i] : y[i]) as number),
      dims,
      a.dtype,
    )
  }
  // Selecting does not sum its gradient over what was broadcast.
  const [c, x, y] = [condition, a, b].map(({ tensor }) => tf.broadcastTo(tensor, dims))
  return Value.of(tf.where(tf.cast(c as tf.Tensor, "bool"), x as tf.Tensor, y as tf.Tensor))
}

const cast: Operator = (call) => {
  const to = call.node.op === "CastLike" ? call.input(1).dtype : castTypes(call.int("to", 1))
  if (to === undefined) throw call.refuse(`type ${call.int("to", 1)}`)
  return unary(
    (t) => (to === "float32" ? tf.cast(t, to) : frozen(() => tf.cast(t, to))),
    (value) =>
      to === "float32" ? Math.fround(value) : to === "bool" ? Number(value !== 0) : Math.trunc(value),
    to,
  )(call)
}
function castTypes(type: number): Dtype | undefined {
  if ([1, 10, 11, 16].includes(type)) return "float32"
  if (type === 9) return "bool"
  return [2, 3, 4, 5, 6, 7, 12, 13].includes(type) ? "int32" : undefined
}

const sigmoid = (t: tf.Tensor) => tf.sigmoid(t)
const gelu: Unary = (t, call) => {
  if (call.string("approximate", "none") === "tanh") {
    const inner = tf.mul(Math.sqrt(2 / Math.PI), tf.add(t, tf.mul(0.044715, tf.mul(t, tf.square(t)))))
    return tf.mul(tf.mul(0.5, t), tf.add(1, tf.tanh(inner)))
  }
  return tf.mul(tf.mul(0.5, t), tf.add(1, tf.erf(tf.div(t, Math.SQRT2))))
}
/** ln(1 + exp(x)), which does not overflow. */
const softplus = (t: tf.Tensor) => tf.add(tf.relu(t), tf.log1p(tf.exp(tf.neg(tf.abs(t)))))
const elu = (t: tf.Tensor, alpha: number) =>
  tf.sub(tf.relu(t), tf.mul(alpha, tf.relu(tf.neg(tf.expm1(tf.minimum(t, 0))))))

export const elementwise: Operators = {
  Abs: unary((t) => tf.abs(t), Math.abs),
  Acos: unary((t) => tf.acos(t)),
  Acosh: unary((t) => tf.acosh(t)),
  Add: binary(add),
  And: binary({ run: (a, b) => tf.logicalAnd(a, b), host: (a, b) => Number(a && b) }),
  Asin: unary((t) => tf.asin(t)),
  Asinh: unary((t) => tf.asinh(t)),
  Atan: unary((t) => tf.atan(t)),
  Atanh: unary((t) => tf.atanh(t)),
  Cast: cast,
  CastLike: cast,
  Ceil: unary((t) => tf.ceil(t), Math.ceil),
  Celu: unary((t, call) => {
    const alpha = call.float("alpha", 1)
    return tf.mul(elu(tf.div(t, alpha), 1), alpha)
  }),
  Clip: clip,
  Cos: unary((t) => tf.cos(t)),
  Cosh: unary((t) => tf.cosh(t)),
  Div: binary(divide),
  Dropout: (call) => {
    const training = call.optional(2)
    if (training && !(training.host && training.host[0] === 0)) throw call.refuse("training mode")
    const x = call.input(0)
    return [x, Value.known(new Uint8Array(x.size).fill(1), x.dims, "bool")]
  },
  Elu: unary((t, call) => elu(t, call.float("alpha", 1))),
  Equal: compare(
    (a, b) => tf.equal(a, b),
    (a, b) => a === b,
  ),
  Erf: unary((t) => tf.erf(t)),
  Exp: unary((t) => tf.exp(t), Math.exp),
  Floor: unary((t) => tf.floor(t), Math.floor),
  Gelu: unary(gelu),
  Greater: compare(
    (a, b) => tf.greater(a, b),
    (a, b) => a > b,
  ),
  GreaterOrEqual: compare(
    (a, b) => tf.greaterEqual(a, b),
    (a, b) => a >= b,
  ),
  HardSigmoid: unary((t, call) =>
    tf.clipByValue(tf.add(tf.mul(t, call.float("alpha", 0.2)), call.float("beta", 0.5)), 0, 1),
  ),
  HardSwish: unary((t) => tf.mul(t, tf.clipByValue(tf.add(tf.div(t, 6), 0.5), 0, 1))),
  Identity: (call) => call.input(0),
  IsInf: unary((t, call) =>
    frozen(() => {
      const [negative, positive] = [call.int("detect_negative", 1), call.int("detect_positive", 1)]
      const infinite = tf.isInf(t)
      if (negative && positive) return infinite
      if (!negative && !positive) return tf.zerosLike(infinite)
      return tf.logicalAnd(infinite, negative ? tf.less(t, 0) : tf.greater(t, 0))
    }),
  ),
  IsNaN: unary((t) => frozen(() => tf.isNaN(t))),
  LeakyRelu: unary((t, call) => tf.leakyRelu(t, call.float("alpha", 0.01))),
  Less: compare(
    (a, b) => tf.less(a, b),
    (a, b) => a < b,
  ),
  LessOrEqual: compare(
    (a, b) => tf.lessEqual(a, b),
    (a, b) => a <= b,
  ),
  Log: unary((t) => tf.log(t), Math.log),
  Max: variadic(maximum),
  Mean: variadic(add, (sum, n) => Value.of(tf.div(sum.tensor, n))),
  Min: variadic(minimum),
  Mish: unary((t) => tf.mul(t, tf.tanh(softplus(t)))),
  Mod: binary(modulo),
  Mul: binary(multiply),
  Neg: unary(
    (t) => tf.neg(t),
    (value) => -value,
  ),
  Not: unary(
    (t) => tf.logicalNot(t),
    (value) => Number(!value),
  ),
  Or: binary({ run: (a, b) => tf.logicalOr(a, b), host: (a, b) => Number(a || b) }),
  PRelu: prelu,
  Pow: power,
  Reciprocal: unary(
    (t) => tf.reciprocal(t),
    (value) => 1 / value,
  ),
  Relu: unary(
    (t) => tf.relu(t),
    (value) => Math.max(0, value),
  ),
  Round: unary((t) => tf.round(t)),
  Selu: unary((t, call) => {
    const [alpha, gamma] = [call.float("alpha", 1.6732632), call.float("gamma", 1.050701)]
    return tf.mul(gamma, elu(t, alpha))
  }),
  Shrink: unary((t, call) => {
    const [bias, limit] = [call.float("bias", 0), call.float("lambd", 0.5)]
    const above = tf.mul(
      tf.sub(t, bias),
      frozen(() => tf.cast(tf.greater(t, limit), "float32")),
    )
    const below = tf.mul(
      tf.add(t, bias),
      frozen(() => tf.cast(tf.less(t, -limit), "float32")),
    )
    return tf.cast(tf.add(above, below), t.dtype)
  }),
  Sigmoid: unary(sigmoid),
  Sign: unary((t) => tf.sign(t), Math.sign),
  Sin: unary((t) => tf.sin(t)),
  Sinh: unary((t) => tf.sinh(t)),
  Softplus: unary(softplus),
  Softsign: unary((t) => tf.div(t, tf.add(1, tf.abs(t)))),
  Sqrt: unary((t) => tf.sqrt(t), Math.sqrt),
  Sub: binary({ run: (a, b) => tf.sub(a, b), host: (a, b) => a - b }),
  Sum: variadic(add),
  Swish: unary((t, call) => tf.mul(t, tf.sigmoid(tf.mul(call.float("alpha", 1), t)))),
  Tan: unary((t) => tf.tan(t)),
  Tanh: unary((t) => tf.tanh(t)),
  ThresholdedRelu: unary((t, call) =>
    tf.mul(
      t,
      frozen(() => tf.cast(tf.greater(t, call.float("alpha", 1)), "float32")),
    ),
  ),
  Where: where,
  Xor: binary({ run: (a, b) => tf.logicalXor(a, b), host: (a, b) => Number(Boolean(a) !== Boolean(b)) }),
}
