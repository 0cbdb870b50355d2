/** Quantiles taken of each list. */
const QUANTILES = 1024

/**
 * Thresholds that stand for those of the whole lists: the distinct quantiles of each, ascending. Lists of up to 1024
 * scores keep all of them.
 * @param lists ascending
 */
export function quantileThresholds(...lists: readonly Float64Array[]): Float64Array {
  const quantiles = lists.flatMap((list) =>
    Array.from(
      { length: Math.min(QUANTILES, list.length) },
      (_, i) => list[Math.floor((i * list.length) / Math.min(QUANTILES, list.length))]!,
    ),
  )
  return Float64Array.from(new Set(quantiles)).sort()
}

/** How many entries of an ascending list are below `value`. */
export function countBelow(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

/** How many entries of an ascending list are at most `value`. */
export function countUpTo(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low
}
