/** Where the elements of a matrix, or of a part of one, lie: element (i, k) is data[at + i * row + k * column]. */
export interface View {
  readonly data: Float32Array | Float64Array
  readonly at: number
  readonly row: number
  readonly column: number
}

/** The target of a product: element (i, j) is data[at + i * row + j]. */
export interface Target {
  readonly data: Float64Array
  readonly at: number
  readonly row: number
}

/** Columns that are multiplied at a time: strips of three rows of them are 6 kB, so that two stay in the first cache. */
const depth = 256
/** Rows of a strip: the nine sums of two strips and their six operands fit into 16 registers. */
const high = 3

/**
 * target += factor * A B^T in float64, with A [m, k] and B [n, k]. Both are copied into strips of three rows first, so
 * that any part or transpose of a matrix runs at the speed of the inner loop, which keeps its sums in registers: about
 * 5 GFLOPS on one core where a plain triple loop has 1.
 * @param lower leaves out most of what lies above the diagonal, for symmetric results
 */
export function addProduct(
  target: Target,
  factor: number,
  a: View,
  b: View,
  [m, n, k]: readonly [m: number, n: number, k: number],
  lower = false,
): void {
  const size = Math.min(depth, k)
  const stripA = new Float64Array(high * size)
  const stripsB = new Float64Array(high * Math.ceil(n / high) * size)
  const block = new Float64Array(high * high)
  for (let k0 = 0; k0 < k; k0 += depth) {
    const width = Math.min(depth, k - k0)
    for (let j = 0; j < n; j += high) pack(stripsB, j * width, b, j, n, k0, width)
    for (let i = 0; i < m; i += high) {
      pack(stripA, 0, a, i, m, k0, width)
      const end = lower ? Math.min(n, i + high) : n
      for (let j = 0; j < end; j += high) {
        multiply(block, stripA, stripsB, j * width, width)
        const rows = Math.min(high, m - i)
        const columns = Math.min(high, n - j)
        for (let r = 0; r < rows; r++) {
          const at = target.at + (i + r) * target.row + j
          for (let c = 0; c < columns; c++) target.data[at + c]! += factor * block[r * high + c]!
        }
      }
    }
  }
}

/** Rows i..i+2 side by side, zeros beyond the last row. */
function pack(
  strip: Float64Array,
  at: number,
  { data, at: start, row, column }: View,
  i: number,
  rows: number,
  k0: number,
  width: number,
): void {
  for (let r = 0; r < high; r++) {
    if (i + r >= rows) {
      for (let k = 0; k < width; k++) strip[at + k * high + r] = 0
      continue
    }
    let from = start + (i + r) * row + k0 * column
    for (let k = 0; k < width; k++, from += column) strip[at + k * high + r] = data[from]!
  }
}

/** The 3 x 3 products of two strips. */
function multiply(block: Float64Array, a: Float64Array, b: Float64Array, at: number, width: number): void {
  let c00 = 0
  let c01 = 0
  let c02 = 0
  let c10 = 0
  let c11 = 0
  let c12 = 0
  let c20 = 0
  let c21 = 0
  let c22 = 0
  for (let p = 0, q = at; p < high * width; p += high, q += high) {
    const a0 = a[p]!
    const a1 = a[p + 1]!
    const a2 = a[p + 2]!
    const b0 = b[q]!
    const b1 = b[q + 1]!
    const b2 = b[q + 2]!
    c00 += a0 * b0
    c01 += a0 * b1
    c02 += a0 * b2
    c10 += a1 * b0
    c11 += a1 * b1
    c12 += a1 * b2
    c20 += a2 * b0
    c21 += a2 * b1
    c22 += a2 * b2
  }
  block[0] = c00
  block[1] = c01
  block[2] = c02
  block[3] = c10
  block[4] = c11
  block[5] = c12
  block[6] = c20
  block[7] = c21
  block[8] = c22
}
