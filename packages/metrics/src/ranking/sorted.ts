import { DataError } from "@ifnormal/core"
import { refuseNaN } from "../numbers.js"
import { sortScores } from "./sort.js"

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
