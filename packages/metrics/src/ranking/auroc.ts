import type { Curve } from "./curve.js"
import { sortedPair } from "./sorted.js"

/**
 * Area under the ROC curve as the exact rank statistic of Mann and Whitney: the share of pairs in which the positive
 * scores above the negative, ties counting half. float64, any scale, infinities allowed; no sigmoid and no thresholds.
 * In the paper's table 1 the negatives are normal test images and the positives counterfactuals: 0.5 = the detector
 * cannot tell them apart, below 0.5 = they look more normal than normal images.
 * @returns a fraction in [0, 1]
 * @throws DataError "metric-nan" for NaN, "metric-empty" when one of the two lists is empty
 */
export function auroc(negatives: ArrayLike<number>, positives: ArrayLike<number>): number {
  return sortedAuroc(...sortedPair(negatives, positives, "AuROC"))
}

/** `auroc` of lists that are already in ascending order. */
export function sortedAuroc(negatives: Float64Array, positives: Float64Array): number {
  let [below, upTo, wins] = [0, 0, 0]
  for (let p = 0; p < positives.length; p++) {
    const score = positives[p]!
    while (below < negatives.length && negatives[below]! < score) below++
    if (upTo < below) upTo = below
    while (upTo < negatives.length && negatives[upTo]! <= score) upTo++
    wins += (below + upTo) / 2
  }
  return wins / (negatives.length * positives.length)
}

/** `auroc` of a curve. */
export function curveAuroc({ negatives, positives, walk }: Curve): number {
  let [found, above, wins] = [0, 0, 0]
  walk((truePositives, falsePositives) => {
    wins += (truePositives - found) * (negatives - (above + falsePositives) / 2)
    found = truePositives
    above = falsePositives
  })
  return wins / (negatives * positives)
}
