import { sortedPair, sweep } from "./sorted.js"

/**
 * Area under the precision-recall curve as average precision: the sum over distinct thresholds of the gain in recall
 * times the precision there, without interpolation; scikit-learn's `average_precision_score`. Its value for a detector
 * that knows nothing is the share of positives, so compare sets of one composition only.
 * @returns a fraction in (0, 1]
 * @throws DataError "metric-nan" for NaN, "metric-empty" when one of the two lists is empty
 */
export function averagePrecision(negatives: ArrayLike<number>, positives: ArrayLike<number>): number {
  return sortedAveragePrecision(...sortedPair(negatives, positives, "Average precision"))
}

/** `averagePrecision` of lists that are already in ascending order. */
export function sortedAveragePrecision(negatives: Float64Array, positives: Float64Array): number {
  let [found, sum] = [0, 0]
  sweep(negatives, positives, (truePositives, falsePositives) => {
    sum += (truePositives - found) * (truePositives / (truePositives + falsePositives))
    found = truePositives
  })
  return sum / positives.length
}
