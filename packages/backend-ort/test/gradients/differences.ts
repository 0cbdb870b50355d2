import * as tf from "@tensorflow/tfjs-core"
import { type GradientCase, spread, type Values } from "./case.js"

/** Step; with the step twice as large it makes Richardson's extrapolation. A multiple of case.ts's grid. */
const STEP = 2 ** -7
/** Inputs above this size are moved along a few directions instead of element by element. */
const LIMIT = 80
const DIRECTIONS = 8

/** A direction in the space of one input, and the derivative of sum(dy f) along it. */
export interface Derivative {
  readonly input: number
  readonly direction: readonly number[]
  readonly value: number
}

/** dy for an output of that shape: distinct weights of both signs, so that no error cancels. */
export const outputWeights = (shape: readonly number[]): Values => spread(shape, -1.5, 1.4)

/**
 * Derivatives of sum(dy f(inputs)) on the cpu backend: (8 (f(x + h) - f(x - h)) - (f(x + 2h) - f(x - 2h))) / 12h, whose
 * error is of order h^4 (1e-8 for h = 1/128), with the sum in double precision. What remains is the rounding of f in
 * float32: 6e-8 |f| / h, about 1e-5 |f| for each output that moves.
 */
export async function derivatives(c: GradientCase): Promise<Derivative[]> {
  await tf.setBackend("cpu")
  const evaluate = (inputs: readonly Values[]): ArrayLike<number> =>
    tf.tidy(() => c.run(...inputs.map(({ shape, values }) => tf.tensor([...values], [...shape]))).dataSync())
  const shape = tf.tidy(() => c.run(...c.inputs.map((x) => tf.tensor([...x.values], [...x.shape]))).shape)
  const dy = outputWeights(shape).values
  const along = (input: number, direction: readonly number[], step: number): number => {
    const moved = (sign: number): ArrayLike<number> =>
      evaluate(
        c.inputs.map((x, i) =>
          i === input ? { ...x, values: x.values.map((v, j) => v + sign * step * direction[j]!) } : x,
        ),
      )
    const above = moved(1)
    const below = moved(-1)
    return dy.reduce((sum, weight, i) => sum + weight * (above[i]! - below[i]!), 0)
  }
  return c.inputs.flatMap(({ values }, input) =>
    directions(values.length).map((direction) => ({
      input,
      direction,
      value: (8 * along(input, direction, STEP) - along(input, direction, 2 * STEP)) / (12 * STEP),
    })),
  )
}

/** Unit vectors; of a large input, vectors of -1 and 1 that are orthogonal to each other (rows of a Hadamard matrix). */
function directions(size: number): number[][] {
  if (size <= LIMIT)
    return Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => (i === j ? 1 : 0)))
  return Array.from({ length: DIRECTIONS }, (_, row) =>
    Array.from({ length: size }, (_, j) => (ones((row * 37 + 11) & j) % 2 === 0 ? 1 : -1)),
  )
}

const ones = (bits: number): number => bits.toString(2).replaceAll("0", "").length
