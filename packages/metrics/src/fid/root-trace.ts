import { type PivotedCholesky, pivotedCholesky } from "../linalg/cholesky.js"
import { symmetricEigenvalues } from "../linalg/eigenvalues.js"
import { type Matrix, zeros } from "../linalg/matrix.js"
import type { Pace } from "../linalg/pace.js"
import { addProduct } from "../linalg/product.js"
import { nuclearNorm } from "../linalg/singular-values.js"

/** A covariance: S itself [d, d], or where it has fewer than d rows a factor F [r, d] with S = F^T F. */
export type Spread = { readonly covariance: Matrix } | { readonly factor: Matrix }

/**
 * tr (S1 S2)^(1/2), the part of the Frechet distance that costs time, in one of two forms without a root of a matrix and
 * without an eps:
 * - a factor of fewer than d rows on either side: the sum of the singular values of F1 F2^T, exact to rounding;
 * - two regular covariances: the sum of the roots of the eigenvalues of L^T S2 L, S1 = L L^T. Eigenvalues that rounding
 *   makes negative count as 0.
 * Covariances that are given whole and turn out to be singular become factors by a pivoted Cholesky decomposition; the
 * second is decomposed only where the first or an eigenvalue leaves open whether it is regular.
 */
export async function rootTrace(a: Spread, b: Spread, pace: Pace): Promise<number> {
  const first = "factor" in a ? undefined : await decomposed(a.covariance, pace)
  const regular =
    first && "covariance" in b && first.rank === first.order.length
      ? await ofRegular(first, b.covariance, pace)
      : undefined
  if (regular?.certain) return regular.sum
  const second = "factor" in b ? undefined : await decomposed(b.covariance, pace)
  if (regular && second?.rank === second?.order.length) return regular.sum
  const f1 = "factor" in a ? a.factor : factorOf(first!)
  const f2 = "factor" in b ? b.factor : factorOf(second!)
  const [tall, wide] = f1.rows >= f2.rows ? [f1, f2] : [f2, f1]
  const product = zeros(tall.rows, wide.rows)
  const view = ({ data, columns }: Matrix) => ({ data, at: 0, row: columns, column: 1 })
  addProduct({ data: product.data, at: 0, row: wide.rows }, 1, view(tall), view(wide), [
    tall.rows,
    wide.rows,
    tall.columns,
  ])
  return nuclearNorm(product, pace)
}

const decomposed = ({ rows, columns, data }: Matrix, pace: Pace) =>
  pivotedCholesky({ rows, columns, data: data.slice() }, pace)

/** F [rank, d] with F^T F = S. */
function factorOf({ lower, order, rank }: PivotedCholesky): Matrix {
  const n = lower.rows
  const factor = zeros(rank, n)
  for (let i = 0; i < n; i++)
    for (let k = 0; k <= Math.min(i, rank - 1); k++) factor.data[k * n + order[i]!] = lower.data[i * n + k]!
  return factor
}

const panel = 128

/**
 * Sum of the roots of the eigenvalues of L^T S L, and whether all are above rounding, so that S is regular; zeros above
 * the diagonal of L are left out of both products.
 */
async function ofRegular(
  { lower, order }: PivotedCholesky,
  covariance: Matrix,
  pace: Pace,
): Promise<{ sum: number; certain: boolean }> {
  const n = lower.rows
  const l = lower.data
  for (let i = 0; i < n; i++) l.fill(0, i * n + i + 1, (i + 1) * n)
  const ordered = zeros(n, n)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) ordered.data[i * n + j] = covariance.data[order[i]! * n + order[j]!]!
  const half = zeros(n, n)
  for (let j = 0; j < n; j += panel) {
    // Columns j.. of S L: L has nothing above row j there.
    const columns = Math.min(panel, n - j)
    const s = { data: ordered.data, at: j, row: n, column: 1 }
    const columnsOfL = { data: l, at: j * n + j, row: 1, column: n }
    addProduct({ data: half.data, at: j, row: n }, 1, s, columnsOfL, [n, columns, n - j])
    await pace.advance(n * columns * (n - j))
  }
  const squared = zeros(n, n)
  for (let i = 0; i < n; i += panel) {
    const rows = Math.min(panel, n - i)
    const rowsOfL = { data: l, at: i * n + i, row: 1, column: n }
    const columns = { data: half.data, at: i * n, row: 1, column: n }
    addProduct({ data: squared.data, at: i * n, row: n }, 1, rowsOfL, columns, [rows, i + rows, n - i])
    await pace.advance(rows * (i + rows) * (n - i))
  }
  const eigenvalues = await symmetricEigenvalues(squared, pace)
  const [least, largest] = eigenvalues.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, 0],
  )
  return {
    sum: eigenvalues.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0),
    certain: least > n * Number.EPSILON * largest,
  }
}

/** Multiplications of `rootTrace`, for progress and for the choice of how many draws a bootstrap has. */
export function rootTraceWork(rowsA: number, rowsB: number, dimensions: number): number {
  const [more, fewer] = rowsA > rowsB ? [rowsA, rowsB] : [rowsB, rowsA]
  if (fewer >= dimensions) return 2 * dimensions ** 3
  return Math.min(more, dimensions) * fewer * (dimensions + 2 * fewer)
}
