/**
 * Quantile with linear interpolation between order statistics, as numpy.quantile and torch.quantile.
 * @param values not empty, free of NaN
 * @param share in [0, 1]
 */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort()
  const at = share * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!]
  return low + (high - low) * (at - Math.floor(at))
}
