import * as tf from "@tensorflow/tfjs-core"
import type { Call, Operator, Operators } from "../call.js"
import { Value } from "../value.js"
import { broadcastDims } from "./broadcast.js"

/** numpy's matmul: vectors, matrices, and stacks of matrices that broadcast. */
export function multiply(a: tf.Tensor, b: tf.Tensor, call: Call): tf.Tensor {
  if (a.dtype !== "float32")
    return tf.cast(multiply(tf.cast(a, "float32"), tf.cast(b, "float32"), call), "int32")
  if (a.rank === 1) return tf.squeeze(multiply(tf.expandDims(a, 0), b, call), [b.rank === 1 ? 0 : -2])
  if (b.rank === 1) return tf.squeeze(multiply(a, tf.expandDims(b, 1), call), [-1])
  const [m, k] = a.shape.slice(-2) as [number, number]
  const n = b.shape.at(-1) as number
  // One matrix for all: one large product.
  if (b.rank === 2) {
    const rows = a.size / k
    return tf.reshape(tf.matMul(tf.reshape(a, [rows, k]), b as tf.Tensor2D), [...a.shape.slice(0, -1), n])
  }
  const outer = broadcastDims(a.shape.slice(0, -2), b.shape.slice(0, -2), call)
  const count = outer.reduce((x, y) => x * y, 1)
  const stack = (t: tf.Tensor, rows: number, columns: number) => {
    const dims = [...outer, rows, columns]
    // The gradient of a product does not sum over what it broadcast.
    const whole = t.shape.join() === dims.join() ? t : tf.broadcastTo(t, dims)
    return tf.reshape(whole, [count, rows, columns])
  }
  return tf.reshape(tf.matMul(stack(a, m, k), stack(b, k, n)), [...outer, m, n])
}

const gemm: Operator = (call) => {
  const [a, b, c] = [call.input(0).tensor, call.input(1).tensor, call.optional(2)]
  const float = (t: tf.Tensor) => tf.cast(t, "float32") as tf.Tensor2D
  let made: tf.Tensor = tf.matMul(
    float(a),
    float(b),
    call.int("transA", 0) === 1,
    call.int("transB", 0) === 1,
  )
  const [alpha, beta] = [call.float("alpha", 1), call.float("beta", 1)]
  if (alpha !== 1) made = tf.mul(made, alpha)
  if (c && beta !== 0) made = tf.add(made, beta === 1 ? c.tensor : tf.mul(c.tensor, beta))
  return Value.of(tf.cast(made, a.dtype))
}

const einsum: Operator = (call) => {
  const equation = call.string("equation", "").replaceAll(" ", "")
  if (equation.includes(".")) throw call.refuse("an ellipsis")
  const [left = "", right] = equation.split("->")
  const result = right ?? implied(left)
  return Value.of(tf.einsum(`${left}->${result}`, ...call.inputs.map((_, i) => call.input(i).tensor)))
}

/** Without "->": the letters that occur once, in order. */
function implied(left: string): string {
  const letters = [...left.replaceAll(",", "")]
  return letters
    .filter((letter) => letters.filter((other) => other === letter).length === 1)
    .sort()
    .join("")
}

export const products: Operators = {
  Einsum: einsum,
  Gemm: gemm,
  MatMul: (call) => Value.of(multiply(call.input(0).tensor, call.input(1).tensor, call)),
}
