// Products with a narrow panel, of which the first `used` columns of each row count.

/** x[i] -= <panel[i], weights> for from <= i < to. */
export function subtractProduct(
  x: Float64Array,
  panel: Float64Array,
  width: number,
  used: number,
  weights: Float64Array,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) {
    const at = i * width
    // Two sums: one would wait for the last addition.
    let even = 0
    let odd = 0
    let c = 0
    for (; c + 2 <= used; c += 2) {
      even += panel[at + c]! * weights[c]!
      odd += panel[at + c + 1]! * weights[c + 1]!
    }
    if (c < used) even += panel[at + c]! * weights[c]!
    x[i]! -= even + odd
  }
}

/** sums[c] += sum over from <= i < to of panel[i][c] x[i]. */
export function addTransposedProduct(
  sums: Float64Array,
  panel: Float64Array,
  width: number,
  used: number,
  x: Float64Array,
  from: number,
  to: number,
): void {
  let i = from
  for (; i + 2 <= to; i += 2) {
    const a = x[i]!
    const b = x[i + 1]!
    for (let c = 0, at = i * width; c < used; c++, at++) sums[c]! += panel[at]! * a + panel[at + width]! * b
  }
  if (i < to) for (let c = 0, at = i * width; c < used; c++) sums[c]! += panel[at++]! * x[i]!
}
