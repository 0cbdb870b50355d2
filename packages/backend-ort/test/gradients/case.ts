import type { Tensor } from "@tensorflow/tfjs-core"

/** Numbers of one input; the tensor is made on the backend under test. */
export interface Values {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

export interface GradientCase {
  /** What is particular: "stride 2, pad same". */
  readonly name: string
  /** Differentiated, all of them. */
  readonly inputs: readonly Values[]
  // Loose on purpose: tfjs's functions want exact ranks, the cases give them.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly run: (...inputs: any[]) => Tensor
  /** Makes the differentiated tensor of one of real numbers. */
  readonly prepare?: (x: Tensor) => Tensor
  /** Why differences say nothing about the gradient, where that is so. Then only the cpu backend is asked. */
  readonly withoutDifferences?: string
  /** Why the cpu backend is not asked: what is wrong with its gradient, or with that of tfjs-core 4.22. */
  readonly withoutCpu?: string
}

/** Values are multiples of this and so are the steps of the differences: x + h is exact in float32. */
const GRID = 2 ** -8

/**
 * `size` distinct, evenly spaced values between `from` and `to` in a scattered order: no ties, and no value near 0 where
 * the range is symmetric and the size even.
 */
export function spread(shape: readonly number[], from = -2, to = 2): Values {
  const size = shape.reduce((a, b) => a * b, 1)
  let stride = Math.max(1, Math.round(size * 0.618))
  while (gcd(stride, size) > 1) stride++
  const values = Array.from({ length: size }, (_, i) => {
    const place = (((i + 1) * stride) % size) + 0.5
    return Math.round((from + (place / size) * (to - from)) / GRID) * GRID
  })
  return { shape, values }
}

/** The same values as `tensor` would have, for inputs whose order matters. */
export const given = (shape: readonly number[], values: readonly number[]): Values => ({ shape, values })

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))
