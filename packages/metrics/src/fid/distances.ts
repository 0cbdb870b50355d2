import type { Pace } from "../linalg/pace.js"
import type { FeatureMatrix } from "./feature-matrix.js"

/** Rows of the first set at a time: memory is this many times the second set's size. */
const panel = 64

/**
 * Squared Euclidean distances in float64, block of rows by block of rows, so that memory does not grow with the product of
 * the sets' sizes. Differences are squared, not expanded into scalar products: equal images have the distance 0, and a
 * pair has the same distance in both orders, which radii of neighbors are compared with.
 * @param visit is given row i of a and its distances to all of b, valid until it returns
 */
export async function eachRowOfDistances(
  a: FeatureMatrix,
  b: FeatureMatrix,
  pace: Pace,
  visit: (row: number, squared: Float64Array) => void,
): Promise<void> {
  const block = new Float64Array(panel * b.length)
  for (let i0 = 0; i0 < a.length; i0 += panel) {
    const i1 = Math.min(a.length, i0 + panel)
    for (let j0 = 0; j0 < b.length; j0 += panel) {
      const j1 = Math.min(b.length, j0 + panel)
      tile(a, [i0, i1], b, [j0, j1], block)
    }
    for (let i = i0; i < i1; i++) visit(i, block.subarray((i - i0) * b.length, (i - i0 + 1) * b.length))
    await pace.advance((i1 - i0) * b.length * a.dimensions)
  }
}

/** Two rows against four at a time, eight sums in registers. */
function tile(
  { data: a, dimensions: d }: FeatureMatrix,
  [i0, i1]: readonly [number, number],
  { data: b, length: columns }: FeatureMatrix,
  [j0, j1]: readonly [number, number],
  block: Float64Array,
): void {
  for (let i = i0; i < i1; i += 2) {
    // The last row or column stands in where there is none left.
    const second = Math.min(i + 1, i1 - 1)
    for (let j = j0; j < j1; j += 4) {
      const [k1, k2, k3] = [Math.min(j + 1, j1 - 1), Math.min(j + 2, j1 - 1), Math.min(j + 3, j1 - 1)]
      let [p, q] = [i * d, second * d]
      let [r0, r1, r2, r3] = [j * d, k1 * d, k2 * d, k3 * d]
      let [s0, s1, s2, s3] = [0, 0, 0, 0]
      let [t0, t1, t2, t3] = [0, 0, 0, 0]
      for (let k = 0; k < d; k++) {
        const x = a[p++]!
        const y = a[q++]!
        const b0 = b[r0++]!
        const b1 = b[r1++]!
        const b2 = b[r2++]!
        const b3 = b[r3++]!
        s0 += (x - b0) * (x - b0)
        s1 += (x - b1) * (x - b1)
        s2 += (x - b2) * (x - b2)
        s3 += (x - b3) * (x - b3)
        t0 += (y - b0) * (y - b0)
        t1 += (y - b1) * (y - b1)
        t2 += (y - b2) * (y - b2)
        t3 += (y - b3) * (y - b3)
      }
      const [u, v] = [(i - i0) * columns, (second - i0) * columns]
      // In this order a column that stands in for another is written by its own sum, which is equal.
      block[v + k3] = t3
      block[v + k2] = t2
      block[v + k1] = t1
      block[v + j] = t0
      block[u + k3] = s3
      block[u + k2] = s2
      block[u + k1] = s1
      block[u + j] = s0
    }
  }
}
