/** One of the nearest vectors. */
export interface Neighbor {
  readonly row: number
  /** Root mean squared difference per dimension. */
  readonly distance: number
}

/** Dimensions after which a comparison may stop. */
const STRIDE = 64

/**
 * The k nearest of some vectors by Euclidean distance in float64, nearest first, the earlier row at ties: exact search
 * that leaves a candidate once it is further than the k-th.
 * @param references [n] vectors of one length, n >= k
 */
export function nearest(query: Float32Array, references: readonly Float32Array[], k: number): Neighbor[] {
  const found: { row: number; square: number }[] = []
  references.forEach((reference, row) => {
    const limit = found.length < k ? Number.POSITIVE_INFINITY : found[k - 1]!.square
    const square = squareBelow(query, reference, limit)
    if (square >= limit) return
    let at = found.length
    while (at > 0 && found[at - 1]!.square > square) at--
    found.splice(at, 0, { row, square })
    if (found.length > k) found.pop()
  })
  return found.map(({ row, square }) => ({ row, distance: Math.sqrt(square / query.length) }))
}

/** Squared distance, or infinity once it cannot be below `limit`. */
function squareBelow(a: Float32Array, b: Float32Array, limit: number): number {
  let square = 0
  for (let start = 0; start < a.length; start += STRIDE) {
    const end = Math.min(a.length, start + STRIDE)
    for (let i = start; i < end; i++) {
      const difference = a[i]! - b[i]!
      square += difference * difference
    }
    if (square >= limit) return Number.POSITIVE_INFINITY
  }
  return square
}
