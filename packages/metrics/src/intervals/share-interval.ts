/** Quantile of the normal distribution for a two-sided 95 % interval. */
const Z = 1.959963984540054

/**
 * 95 % interval of a share by Wilson's score method (Wilson 1927): unlike a bootstrap it has a width where all or none
 * of the images hit.
 * @param hits images that hit, 0..n
 * @param n images, at least 1
 * @returns fractions in [0, 1]
 */
export function shareInterval(hits: number, n: number): [low: number, high: number] {
  const share = hits / n
  const center = (share + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n)
  const half = (Z / (1 + Z ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2))
  return [Math.max(0, center - half), Math.min(1, center + half)]
}
