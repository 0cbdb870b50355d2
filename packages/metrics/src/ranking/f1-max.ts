import { type Curve, sortedCurve } from "./curve.js"
import { sortedPair } from "./sorted.js"

/** The largest F1 and where it is reached. */
export interface F1Max {
  /** A fraction in (0, 1]. */
  readonly value: number
  /** Images that score at least this are called positive. */
  readonly threshold: number
}

/**
 * Largest F1 = 2 TP / (2 TP + FP + FN) over all thresholds of the precision-recall curve. Where several thresholds reach
 * it, the lowest is returned, which misses the fewest positives; anomalib's F1Max returns the same one. Both value and
 * threshold are chosen on the scores that they are reported on, so the value flatters the detector.
 * @throws DataError "metric-nan" for NaN, "metric-empty" when one of the two lists is empty
 */
export function f1Max(negatives: ArrayLike<number>, positives: ArrayLike<number>): F1Max {
  return curveF1Max(sortedCurve(...sortedPair(negatives, positives, "F1Max")))
}

/** `f1Max` of a curve. */
export function curveF1Max({ positives, walk }: Curve): F1Max {
  let [hits, marked, threshold] = [0, 1, Number.POSITIVE_INFINITY]
  walk((truePositives, falsePositives, score) => {
    // 2 TP + FP + FN; whole numbers, so that equal fractions compare equal.
    const denominator = truePositives + falsePositives + positives
    if (truePositives * marked < hits * denominator) return
    hits = truePositives
    marked = denominator
    threshold = score
  })
  return { value: (2 * hits) / marked, threshold }
}
