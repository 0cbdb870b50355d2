import { ConfigError } from "@ifnormal/core"
import { type Curve, sortedCurve } from "./curve.js"
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
  return curvePartialAuroc(sortedCurve(...sortedPair(negatives, positives, "Partial AuROC")), maxFpr)
}

/** `partialAuroc` of a curve. */
export function curvePartialAuroc({ negatives, positives, walk }: Curve, maxFpr: number): number {
  let [found, above, area] = [0, 0, 0]
  walk((truePositives, falsePositives) => {
    if (truePositives > found)
      area += (truePositives - found) * areaOfPositive(above, falsePositives - above, negatives, maxFpr)
    found = truePositives
    above = falsePositives
  })
  const chance = maxFpr ** 2 / 2
  return (1 + (area / positives - chance) / (maxFpr - chance)) / 2
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
