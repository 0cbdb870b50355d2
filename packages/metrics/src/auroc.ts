import { DataError } from "@ifnormal/core"
import { refuseNaN } from "./numbers.js"

/**
 * Area under the ROC curve as the exact rank statistic of Mann and Whitney: the share of pairs in which the positive
 * scores above the negative, ties counting half. float64, any scale, infinities allowed; no sigmoid and no thresholds.
 * In the paper's table 1 the negatives are normal test images and the positives counterfactuals: 0.5 = the detector
 * cannot tell them apart, below 0.5 = they look more normal than normal images.
 * @returns a fraction in [0, 1]
 * @throws DataError "metric-nan" for NaN, "metric-empty" when one of the two lists is empty
 */
export function auroc(negatives: ArrayLike<number>, positives: ArrayLike<number>): number {
  refuseNaN(negatives, "scores of negatives")
  refuseNaN(positives, "scores of positives")
  if (negatives.length === 0 || positives.length === 0)
    throw new DataError({
      code: "metric-empty",
      message: `AuROC needs scores of both kinds, found ${negatives.length} negatives and ${positives.length} positives.`,
      next: "Score at least one image of each kind.",
    })
  return sortedAuroc(Float64Array.from(negatives).sort(), Float64Array.from(positives).sort())
}

/** `auroc` of lists that are already in ascending order. */
export function sortedAuroc(negatives: Float64Array, positives: Float64Array): number {
  let [below, upTo, wins] = [0, 0, 0]
  for (const score of positives) {
    while (below < negatives.length && negatives[below]! < score) below++
    while (upTo < negatives.length && negatives[upTo]! <= score) upTo++
    wins += (below + upTo) / 2
  }
  return wins / (negatives.length * positives.length)
}
