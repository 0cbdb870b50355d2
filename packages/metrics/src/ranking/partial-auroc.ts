import { ConfigError } from "@ifnormal/core"
import { sortedPair } from "./sorted.js"

/**
 * Area under the ROC curve up to a false positive rate, standardised by McClish (1989) so that 0.5 is a detector that
 * knows nothing and 1 a perfect one; scikit-learn's `roc_auc_score(max_fpr=...)`. Between thresholds the curve is a
 * straight line.
 * @param maxFpr in (0, 1]; 1 gives `auroc`
 * @throws ConfigError "metric-option" for another limit, DataError "metric-nan", "metric-empty"
 */
export function partialAuroc(
  negatives: ArrayLike<number>,
  positives: ArrayLike<number>,
  maxFpr: number,
): number {
  refuseLimit(maxFpr, "maxFpr")
  return sortedPartialAuroc(...sortedPair(negatives, positives, "Partial AuROC"), maxFpr)
}

/** `partialAuroc` of lists that are already in ascending order. */
export function sortedPartialAuroc(negatives: Float64Array, positives: Float64Array, maxFpr: number): number {
  let [below, upTo, area] = [0, 0, 0]
  for (let p = 0; p < positives.length; p++) {
    const score = positives[p]!
    while (below < negatives.length && negatives[below]! < score) below++
    if (upTo < below) upTo = below
    while (upTo < negatives.length && negatives[upTo]! <= score) upTo++
    area += areaOfPositive(negatives.length - upTo, upTo - below, negatives.length, maxFpr)
  }
  const chance = maxFpr ** 2 / 2
  return (1 + (area / positives.length - chance) / (maxFpr - chance)) / 2
}

/**
 * What one positive adds to the area under the ROC curve for rates in [0, limit]: it counts as found from the rate at
 * which every negative above it is a false positive; over the negatives tied with it, it counts linearly.
 * @returns an area in [0, limit]
 */
export function areaOfPositive(above: number, tied: number, negatives: number, limit: number): number {
  const [from, to] = [above / negatives, (above + tied) / negatives]
  if (from >= limit) return 0
  return to <= limit ? limit - (from + to) / 2 : (limit - from) ** 2 / (2 * (to - from))
}

/** @throws ConfigError "metric-option" */
export function refuseLimit(limit: number, name: string): void {
  if (!(limit > 0 && limit <= 1))
    throw new ConfigError({
      code: "metric-option",
      message: `${name} is ${limit}, expected a false positive rate above 0 and up to 1.`,
      next: `Give a ${name} such as 0.1.`,
    })
}
