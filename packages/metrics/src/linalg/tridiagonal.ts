import { reflect } from "./householder.js"
import type { Matrix } from "./matrix.js"
import type { Pace } from "./pace.js"
import { addTransposedProduct, subtractProduct } from "./panel.js"
import { addProduct } from "./product.js"

/** A symmetric tridiagonal matrix. */
export interface Tridiagonal {
  /** [n] */
  readonly diagonal: Float64Array
  /** [n - 1] */
  readonly beside: Float64Array
}

const panel = 32

/**
 * Tridiagonal matrix with the eigenvalues of a symmetric one, by Householder reflections in panels as LAPACK's dsytrd
 * (Dongarra, Sorensen and Hammarling 1989): half of the 4/3 n^3 operations are products of matrices, the other half
 * reads the remaining triangle once per column.
 * @param matrix symmetric [n, n], read on and below the diagonal and overwritten
 */
export async function tridiagonalize(matrix: Matrix, pace: Pace): Promise<Tridiagonal> {
  const { rows: n, data } = matrix
  const diagonal = new Float64Array(n)
  const beside = new Float64Array(Math.max(0, n - 1))
  // Row i of `left` is [v_1, w_1, v_2, w_2, ...] and of `right` [w_1, v_1, w_2, v_2, ...]: A -= left right^T.
  const width = 2 * panel
  const left = new Float64Array(n * width)
  const right = new Float64Array(n * width)
  const [column, product, inner] = [new Float64Array(n), new Float64Array(n), new Float64Array(width)]
  for (let j0 = 0; j0 < n; j0 += panel) {
    const j1 = Math.min(n, j0 + panel)
    for (let j = j0; j < j1; j++) {
      const used = 2 * (j - j0)
      for (let i = j; i < n; i++) column[i] = data[i * n + j]!
      subtractProduct(column, left, width, used, right.subarray(j * width), j, n)
      diagonal[j] = column[j]!
      if (j === n - 1) break
      const { tau, beta } = reflect(column, j + 1, n)
      beside[j] = beta
      timesSymmetric(data, n, j + 1, column, product)
      inner.fill(0)
      addTransposedProduct(inner, right, width, used, column, j + 1, n)
      subtractProduct(product, left, width, used, inner, j + 1, n)
      let overlap = 0
      for (let i = j + 1; i < n; i++) overlap += product[i]! * column[i]!
      for (let i = j + 1; i < n; i++) {
        const w = tau * (product[i]! - (tau / 2) * overlap * column[i]!)
        left[i * width + used] = right[i * width + used + 1] = column[i]!
        left[i * width + used + 1] = right[i * width + used] = w
      }
    }
    const part = (of: Float64Array) => ({ data: of, at: j1 * width, row: width, column: 1 })
    const rest = n - j1
    addProduct(
      { data, at: j1 * n + j1, row: n },
      -1,
      part(left),
      part(right),
      [rest, rest, 2 * (j1 - j0)],
      true,
    )
    await pace.advance((n - j0) ** 2 * 2 * (j1 - j0))
  }
  return { diagonal, beside }
}

/** y = A x over rows and columns from..n of the symmetric A that is stored below the diagonal, four rows at a time. */
function timesSymmetric(a: Float64Array, n: number, from: number, x: Float64Array, y: Float64Array): void {
  y.fill(0, from)
  let i = from
  for (; i + 4 <= n; i += 4) {
    const [x0, x1, x2, x3] = [x[i]!, x[i + 1]!, x[i + 2]!, x[i + 3]!]
    let [s0, s1, s2, s3] = [0, 0, 0, 0]
    let [p0, p1, p2, p3] = [i * n + from, (i + 1) * n + from, (i + 2) * n + from, (i + 3) * n + from]
    for (let j = from; j < i; j++) {
      const a0 = a[p0++]!
      const a1 = a[p1++]!
      const a2 = a[p2++]!
      const a3 = a[p3++]!
      const value = x[j]!
      s0 += a0 * value
      s1 += a1 * value
      s2 += a2 * value
      s3 += a3 * value
      y[j]! += a0 * x0 + a1 * x1 + (a2 * x2 + a3 * x3)
    }
    y[i]! += s0
    y[i + 1]! += s1
    y[i + 2]! += s2
    y[i + 3]! += s3
    for (let r = i; r < i + 4; r++) single(a, n, i, r, x, y)
  }
  for (; i < n; i++) single(a, n, from, i, x, y)
}

/** Row r of A, from column `from` up to the diagonal. */
function single(a: Float64Array, n: number, from: number, r: number, x: Float64Array, y: Float64Array): void {
  let sum = a[r * n + r]! * x[r]!
  for (let j = from; j < r; j++) {
    sum += a[r * n + j]! * x[j]!
    y[j]! += a[r * n + j]! * x[r]!
  }
  y[r]! += sum
}
