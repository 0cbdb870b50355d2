/** The line y = fixed + slope x with the least squares of relative distances, and the largest of those. */
export function line(points) {
  const sums = { w: 0, x: 0, xx: 0, y: 0, xy: 0 }
  for (const [x, y] of points) {
    const w = 1 / (y * y)
    sums.w += w
    sums.x += w * x
    sums.xx += w * x * x
    sums.y += w * y
    sums.xy += w * x * y
  }
  const slope = (sums.w * sums.xy - sums.x * sums.y) / (sums.w * sums.xx - sums.x ** 2)
  const fixed = (sums.y - slope * sums.x) / sums.w
  const worst = Math.max(...points.map(([x, y]) => Math.abs((fixed + slope * x) / y - 1)))
  return { fixed, slope, worst }
}

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
