/** Median and range of a list of numbers. */
export function spread(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  const quarter = Math.floor(sorted.length / 4)
  return {
    n: sorted.length,
    median,
    min: sorted[0],
    max: sorted.at(-1),
    // The middle half.
    low: sorted[quarter],
    high: sorted.at(-1 - quarter),
  }
}
