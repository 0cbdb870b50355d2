import { DataError } from "@ifnormal/core"
import { refuseNaN } from "../numbers.js"
import { sortScores } from "./sort.js"

/** A number of two lists in ascending order, neither of them empty. */
export type RankingStatistic = (negatives: Float64Array, positives: Float64Array) => number

/**
 * Both lists sorted, checked first.
 * @throws DataError "metric-nan", "metric-empty" when one of the two lists is empty
 */
export function sortedPair(
  negatives: ArrayLike<number>,
  positives: ArrayLike<number>,
  what: string,
): [negatives: Float64Array, positives: Float64Array] {
  refuseNaN(negatives, "scores of negatives")
  refuseNaN(positives, "scores of positives")
  if (negatives.length === 0 || positives.length === 0)
    throw new DataError({
      code: "metric-empty",
      message: `${what} needs scores of both kinds, found ${negatives.length} negatives and ${positives.length} positives.`,
      next: "Score at least one image of each kind.",
    })
  return [sortScores(negatives), sortScores(positives)]
}

/**
 * Walks down the distinct scores of two ascending lists. At each, `visit` gets how many positives and negatives score at
 * least that much: one point of the ROC and of the precision-recall curve, as scikit-learn has them.
 */
export function sweep(
  negatives: Float64Array,
  positives: Float64Array,
  visit: (truePositives: number, falsePositives: number, threshold: number) => void,
): void {
  let [n, p] = [negatives.length - 1, positives.length - 1]
  while (n >= 0 || p >= 0) {
    const threshold = n < 0 || (p >= 0 && positives[p]! > negatives[n]!) ? positives[p]! : negatives[n]!
    while (p >= 0 && positives[p]! === threshold) p--
    while (n >= 0 && negatives[n]! === threshold) n--
    visit(positives.length - 1 - p, negatives.length - 1 - n, threshold)
  }
}
