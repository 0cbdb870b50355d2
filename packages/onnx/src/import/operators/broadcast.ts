import * as tf from "@tensorflow/tfjs-core"
import { ImportError } from "../../import-error.js"
import type { Call } from "../call.js"
import type { Value } from "../value.js"

/** The shape of two values together. @throws ImportError "onnx-run" naming both when they do not fit */
export function broadcastDims(a: readonly number[], b: readonly number[], call: Call): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const [x, y] = [a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1]
    if (x !== y && x !== 1 && y !== 1)
      throw new ImportError(
        "onnx-run",
        `${call.node.op} got the shapes [${a}] and [${b}], expected shapes that broadcast.`,
        "Feed images of the size that the model was exported for.",
      )
    return x === 1 ? y : x
  })
}

/** A function of two known values, element by element. */
export function hostBinary(
  a: Value,
  b: Value,
  dims: readonly number[],
  run: (a: number, b: number) => number,
): number[] {
  const index = (value: Value) => {
    const strides = stridesOf(value.dims).map((stride, i) => (value.dims[i] === 1 ? 0 : stride))
    const offset = dims.length - value.dims.length
    return (at: readonly number[]) =>
      strides.reduce((sum, stride, i) => sum + stride * (at[i + offset] as number), 0)
  }
  const [first, second] = [index(a), index(b)]
  const [x, y] = [a.host as ArrayLike<number>, b.host as ArrayLike<number>]
  return positions(dims).map((at) => run(x[first(at)] as number, y[second(at)] as number))
}

/** Elements between neighbors of each axis, row-major. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length).fill(1)
  for (let i = dims.length - 2; i >= 0; i--) strides[i] = (strides[i + 1] as number) * (dims[i + 1] as number)
  return strides
}

/** Every index of a shape, row-major. */
export function positions(dims: readonly number[]): number[][] {
  return dims.reduce<number[][]>(
    (all, size) => all.flatMap((head) => Array.from({ length: size }, (_, i) => [...head, i])),
    [[]],
  )
}

/**
 * Two values in one layout: channels last where one of them is held so and the other is as large or has one element a
 * channel, else as ONNX has them.
 */
export function sameLayout(
  a: Value,
  b: Value,
  dims: readonly number[],
): { readonly tensors: readonly [tf.Tensor, tf.Tensor]; readonly shape: number[]; readonly last: boolean } {
  const last = dims.length === 4 && (a.isLast || b.isLast)
  if (!last) return { tensors: [a.tensor, b.tensor], shape: [...dims], last }
  const [n, c, h, w] = dims as [number, number, number, number]
  return { tensors: [lastOf(a), lastOf(b)], shape: [n, h, w, c], last }
}

function lastOf(value: Value): tf.Tensor {
  if (value.rank === 4) return value.last
  if (value.size === 1) return tf.reshape(value.tensor, [1, 1, 1, 1])
  const padded = [1, 1, 1, ...value.dims].slice(-4) as [number, number, number, number]
  return tf.transpose(tf.reshape(value.tensor, padded), [0, 2, 3, 1])
}
