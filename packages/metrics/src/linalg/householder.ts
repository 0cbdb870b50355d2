/** H = 1 - tau v v^T with v[0] = 1, which maps x to (beta, 0, 0, ...). */
export interface Reflection {
  readonly tau: number
  readonly beta: number
}

/**
 * The Householder reflection of x[from..to), as LAPACK's dlarfg: beta has the sign opposite to x[from], so nothing
 * cancels. x becomes v. tau = 0 where nothing has to be reflected.
 */
export function reflect(x: Float64Array, from: number, to: number): Reflection {
  let largest = 0
  for (let i = from + 1; i < to; i++) largest = Math.max(largest, Math.abs(x[i]!))
  const first = from < to ? x[from]! : 0
  if (largest === 0) {
    if (from < to) x[from] = 1
    return { tau: 0, beta: first }
  }
  // Scaled: squares of numbers near the ends of float64 leave its range.
  const scale = Math.max(largest, Math.abs(first))
  let sum = 0
  for (let i = from; i < to; i++) sum += (x[i]! / scale) ** 2
  const beta = -Math.sign(first || 1) * scale * Math.sqrt(sum)
  const divisor = first - beta
  for (let i = from + 1; i < to; i++) x[i]! /= divisor
  x[from] = 1
  return { tau: -divisor / beta, beta }
}
