import { tridiagonalEigenvalues } from "./eigenvalues.js"
import { reflect } from "./householder.js"
import type { Matrix } from "./matrix.js"
import type { Pace } from "./pace.js"
import { addTransposedProduct, subtractProduct } from "./panel.js"
import { addProduct } from "./product.js"

/** An upper bidiagonal matrix. */
export interface Bidiagonal {
  /** [n] */
  readonly diagonal: Float64Array
  /** [n - 1] */
  readonly above: Float64Array
}

const panel = 32

/**
 * Bidiagonal matrix with the singular values of another, by Householder reflections from both sides in panels as
 * LAPACK's dgebrd.
 * @param matrix [m, n] with m >= n, overwritten
 */
export async function bidiagonalize(matrix: Matrix, pace: Pace): Promise<Bidiagonal> {
  const { rows: m, columns: n, data } = matrix
  const diagonal = new Float64Array(n)
  const above = new Float64Array(Math.max(0, n - 1))
  // Row i of `left` is [v_1, x_1, v_2, x_2, ...] and row j of `right` [y_1, u_1, y_2, u_2, ...]: A -= left right^T.
  const width = 2 * panel
  const left = new Float64Array(m * width)
  const right = new Float64Array(n * width)
  const [v, u] = [new Float64Array(m), new Float64Array(n)]
  const [x, y, inner] = [new Float64Array(m), new Float64Array(n), new Float64Array(width)]
  for (let k0 = 0; k0 < n; k0 += panel) {
    const k1 = Math.min(n, k0 + panel)
    for (let k = k0; k < k1; k++) {
      const used = 2 * (k - k0)
      for (let i = k; i < m; i++) v[i] = data[i * n + k]!
      subtractProduct(v, left, width, used, right.subarray(k * width), k, m)
      const { tau, beta } = reflect(v, k, m)
      diagonal[k] = beta
      if (k === n - 1) break

      transposedTimes(data, n, [k, m, k + 1], v, y)
      inner.fill(0)
      addTransposedProduct(inner, left, width, used, v, k, m)
      subtractProduct(y, right, width, used, inner, k + 1, n)
      for (let i = k; i < m; i++) left[i * width + used] = v[i]!
      for (let j = k + 1; j < n; j++) right[j * width + used] = tau * y[j]!

      for (let j = k + 1; j < n; j++) u[j] = data[k * n + j]!
      subtractProduct(u, right, width, used + 1, left.subarray(k * width), k + 1, n)
      const fromRight = reflect(u, k + 1, n)
      above[k] = fromRight.beta

      times(data, n, [k + 1, m, k + 1], u, x)
      inner.fill(0)
      addTransposedProduct(inner, right, width, used + 1, u, k + 1, n)
      subtractProduct(x, left, width, used + 1, inner, k + 1, m)
      for (let i = k + 1; i < m; i++) left[i * width + used + 1] = fromRight.tau * x[i]!
      for (let j = k + 1; j < n; j++) right[j * width + used + 1] = u[j]!
    }
    const part = (of: Float64Array) => ({ data: of, at: k1 * width, row: width, column: 1 })
    addProduct({ data, at: k1 * n + k1, row: n }, -1, part(left), part(right), [
      m - k1,
      n - k1,
      2 * (k1 - k0),
    ])
    await pace.advance((m - k0) * (n - k0) * 4 * (k1 - k0))
  }
  return { diagonal, above }
}

/**
 * Sum of the singular values. No matrix is squared on the way, so errors are a few 2^-52 of the largest singular value
 * each, where a detour over eigenvalues of A A^T has 2^-26: the bidiagonal matrix B has the singular values that are
 * the positive eigenvalues of the tridiagonal matrix with zeros on and the elements of B beside the diagonal (Golub and
 * Kahan 1965).
 * @param matrix [m, n] with m >= n, overwritten
 */
export async function nuclearNorm(matrix: Matrix, pace: Pace): Promise<number> {
  const { diagonal, above } = await bidiagonalize(matrix, pace)
  const n = diagonal.length
  const beside = new Float64Array(Math.max(0, 2 * n - 1))
  for (let i = 0; i < n; i++) beside[2 * i] = diagonal[i]!
  for (let i = 0; i < n - 1; i++) beside[2 * i + 1] = above[i]!
  const pairs = tridiagonalEigenvalues({ diagonal: new Float64Array(2 * n), beside }, Number.EPSILON / 4)
  return pairs.reduce((sum, value) => sum + Math.abs(value), 0) / 2
}

/** y = A^T v over rows from..to and columns first..n, four rows at a time. */
function transposedTimes(
  a: Float64Array,
  n: number,
  [from, to, first]: readonly [number, number, number],
  v: Float64Array,
  y: Float64Array,
): void {
  y.fill(0, first)
  let i = from
  for (; i + 4 <= to; i += 4) {
    const [v0, v1, v2, v3] = [v[i]!, v[i + 1]!, v[i + 2]!, v[i + 3]!]
    let [p0, p1, p2, p3] = [i * n + first, (i + 1) * n + first, (i + 2) * n + first, (i + 3) * n + first]
    for (let j = first; j < n; j++) y[j]! += a[p0++]! * v0 + a[p1++]! * v1 + (a[p2++]! * v2 + a[p3++]! * v3)
  }
  for (; i < to; i++) for (let j = first; j < n; j++) y[j]! += a[i * n + j]! * v[i]!
}

/** x = A u over rows from..to and columns first..n, four rows at a time. */
function times(
  a: Float64Array,
  n: number,
  [from, to, first]: readonly [number, number, number],
  u: Float64Array,
  x: Float64Array,
): void {
  let i = from
  for (; i + 4 <= to; i += 4) {
    let [s0, s1, s2, s3] = [0, 0, 0, 0]
    let [p0, p1, p2, p3] = [i * n + first, (i + 1) * n + first, (i + 2) * n + first, (i + 3) * n + first]
    for (let j = first; j < n; j++) {
      const value = u[j]!
      s0 += a[p0++]! * value
      s1 += a[p1++]! * value
      s2 += a[p2++]! * value
      s3 += a[p3++]! * value
    }
    x[i] = s0
    x[i + 1] = s1
    x[i + 2] = s2
    x[i + 3] = s3
  }
  for (; i < to; i++) {
    let sum = 0
    for (let j = first; j < n; j++) sum += a[i * n + j]! * u[j]!
    x[i] = sum
  }
}
