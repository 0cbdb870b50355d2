import { type Curve, sortedCurve } from "./curve.js"
import { sortedPair } from "./sorted.js"

/**
 * Area under the precision-recall curve as average precision: the sum over distinct thresholds of the gain in recall
 * times the precision there, without interpolation; scikit-learn's `average_precision_score`. Its value for a detector
 * that knows nothing is the share of positives, so compare sets of one composition only.
 * @returns a fraction in (0, 1]
 * @throws DataError "metric-nan" for NaN, "metric-empty" when one of the two lists is empty
 */
export function averagePrecision(negatives: ArrayLike<number>, positives: ArrayLike<number>): number {
  return curveAveragePrecision(sortedCurve(...sortedPair(negatives, positives, "Average precision")))
}

/** `averagePrecision` of a curve. */
export function curveAveragePrecision({ positives, walk }: Curve): number {
  let [found, sum] = [0, 0]
  walk((truePositives, falsePositives) => {
    if (truePositives > found)
      sum += (truePositives - found) * (truePositives / (truePositives + falsePositives))
    found = truePositives
  })
  return sum / positives
}
