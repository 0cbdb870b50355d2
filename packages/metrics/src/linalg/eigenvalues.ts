import { DataError } from "@ifnormal/core"
import type { Matrix } from "./matrix.js"
import type { Pace } from "./pace.js"
import { type Tridiagonal, tridiagonalize } from "./tridiagonal.js"

/** Steps per eigenvalue after which EISPACK and LAPACK give up as well. */
const patience = 60

/**
 * Eigenvalues of a symmetric tridiagonal matrix by implicit QL with Wilkinson's shift (EISPACK's imtql1), in no order.
 * Errors are a few 2^-52 of the largest, and less for small ones where elements fall from one end to the other: QL works
 * from the small end, so the matrix is turned round where that is the last.
 * @param negligible elements beside the diagonal up to this share of the largest element are 0, whatever their neighbors;
 * default 2^-104
 * @throws DataError "metric-diverged" where it does not converge, which numbers that are finite have not been seen to do
 */
export function tridiagonalEigenvalues(
  { diagonal, beside }: Tridiagonal,
  negligible = Number.EPSILON ** 2,
): Float64Array {
  const n = diagonal.length
  const d = Float64Array.from(diagonal)
  const e = new Float64Array(n)
  e.set(beside)
  const largest = [...d, ...e].reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const end = (at: number) => Math.abs(d[at] ?? 0) + Math.abs(beside[Math.min(at, n - 2)] ?? 0)
  if (end(0) > end(n - 1)) {
    d.reverse()
    e.subarray(0, Math.max(0, n - 1)).reverse()
  }
  const limit = negligible * largest
  for (let l = 0; l < n; l++) {
    for (let step = 0; ; step++) {
      let m = l
      for (; m < n - 1; m++) {
        const size = Math.abs(d[m]!) + Math.abs(d[m + 1]!)
        if (Math.abs(e[m]!) <= Math.max(limit, Number.EPSILON * size)) break
      }
      if (m === l) break
      if (step === patience) diverged(n)
      let g = (d[l + 1]! - d[l]!) / (2 * e[l]!)
      let r = Math.hypot(g, 1)
      g = d[m]! - d[l]! + e[l]! / (g + (g < 0 ? -r : r))
      let [s, c, p] = [1, 1, 0]
      let i = m - 1
      for (; i >= l; i--) {
        const f = s * e[i]!
        const b = c * e[i]!
        r = Math.sqrt(f * f + g * g)
        e[i + 1] = r
        if (r === 0) {
          d[i + 1]! -= p
          e[m] = 0
          break
        }
        s = f / r
        c = g / r
        g = d[i + 1]! - p
        r = (d[i]! - g) * s + 2 * c * b
        p = s * r
        d[i + 1] = g + p
        g = c * r - b
      }
      if (r === 0 && i >= l) continue
      d[l]! -= p
      e[l] = g
      e[m] = 0
    }
  }
  return d
}

/**
 * Eigenvalues of a symmetric matrix, in no order.
 * @param matrix [n, n], read on and below the diagonal and overwritten
 */
export async function symmetricEigenvalues(matrix: Matrix, pace: Pace): Promise<Float64Array> {
  return tridiagonalEigenvalues(await tridiagonalize(matrix, pace))
}

function diverged(n: number): never {
  throw new DataError({
    code: "metric-diverged",
    message: `The eigenvalues of a ${n} x ${n} matrix did not converge, expected them after ${patience} steps each.`,
    next: "Check the features for values near the ends of float32; if they are ordinary, report this.",
  })
}
