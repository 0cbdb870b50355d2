import type { Matrix } from "./matrix.js"
import type { Pace } from "./pace.js"
import { addProduct } from "./product.js"

/** S[order, order] = L L^T, with L [n, rank] lower trapezoidal. */
export interface PivotedCholesky {
  /** [n, n]: L in the first `rank` columns on and below the diagonal; the rest means nothing. */
  readonly lower: Matrix
  readonly order: Int32Array
  readonly rank: number
}

const panel = 64

/**
 * Cholesky decomposition with pivots in descending order, so that singular matrices have one (Higham 2002, section
 * 10.3; blocked like LAPACK's dpstrf). It stops where the largest remaining pivot is at most n * 2^-52 times the
 * largest element of the diagonal, LAPACK's rule: what lies below is rounding.
 * @param matrix symmetric [n, n], read on and below the diagonal and overwritten
 */
export async function pivotedCholesky(matrix: Matrix, pace: Pace): Promise<PivotedCholesky> {
  const { rows: n, data } = matrix
  const order = Int32Array.from({ length: n }, (_, i) => i)
  const rest = Float64Array.from({ length: n }, (_, i) => data[i * n + i]!)
  const limit = n * Number.EPSILON * Math.max(0, ...rest)
  for (let k0 = 0; k0 < n; k0 += panel) {
    const k1 = Math.min(n, k0 + panel)
    for (let k = k0; k < k1; k++) {
      let pivot = k
      for (let i = k + 1; i < n; i++) if (rest[i]! > rest[pivot]!) pivot = i
      if (!(rest[pivot]! > limit)) return { lower: matrix, order, rank: k }
      swap(matrix, k, pivot)
      for (const list of [order, rest]) [list[k], list[pivot]] = [list[pivot]!, list[k]!]
      const root = Math.sqrt(rest[k]!)
      data[k * n + k] = root
      for (let i = k + 1; i < n; i++) {
        let sum = data[i * n + k]!
        for (let l = k0; l < k; l++) sum -= data[i * n + l]! * data[k * n + l]!
        const value = sum / root
        data[i * n + k] = value
        rest[i]! -= value * value
      }
    }
    const part = { data, at: k1 * n + k0, row: n, column: 1 }
    addProduct({ data, at: k1 * n + k1, row: n }, -1, part, part, [n - k1, n - k1, k1 - k0], true)
    for (let i = k1; i < n; i++) rest[i] = data[i * n + i]!
    await pace.advance((n - k0) ** 2 * (k1 - k0))
  }
  return { lower: matrix, order, rank: n }
}

/** Swaps rows and columns k < p of a symmetric matrix that is stored below the diagonal. */
function swap({ rows: n, data }: Matrix, k: number, p: number): void {
  if (k === p) return
  const exchange = (a: number, b: number) => {
    const value = data[a]!
    data[a] = data[b]!
    data[b] = value
  }
  for (let l = 0; l < k; l++) exchange(k * n + l, p * n + l)
  exchange(k * n + k, p * n + p)
  for (let l = k + 1; l < p; l++) exchange(l * n + k, p * n + l)
  for (let l = p + 1; l < n; l++) exchange(l * n + k, l * n + p)
}
