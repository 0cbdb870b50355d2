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
  // Exact ends: rounding leaves 2e-19 where none hit.
  return [hits === 0 ? 0 : Math.max(0, center - half), hits === n ? 1 : Math.min(1, center + half)]
}

/** Said in a recipe beside an interval of `allOrNone`. */
export const ALL_OR_NONE = "interval: Wilson's, since all or none hit"

/**
 * Wilson's interval where every value is 1, or every value is 0, and a bootstrap would have no width; else undefined.
 * @param values hits (1) and misses (0), one or more of each image
 * @param images number of images that they come from
 * @param level of the other intervals; only 0.95 is known here
 */
export function allOrNone(
  values: ArrayLike<number>,
  images: number,
  level = 0.95,
): { interval: [low: number, high: number]; level: number } | undefined {
  const first = values[0]
  if (level !== 0.95 || (first !== 0 && first !== 1)) return undefined
  for (let i = 1; i < values.length; i++) if (values[i] !== first) return undefined
  return { interval: shareInterval(first * images, images), level }
}
