/**
 * Positives and negatives by score, from the highest down: the points of the ROC and of the precision-recall curve, as
 * scikit-learn has them.
 */
export interface Curve {
  readonly negatives: number
  readonly positives: number
  /** At each distinct score: how many positives and negatives score at least that much. */
  walk(visit: (truePositives: number, falsePositives: number, threshold: number) => void): void
}

/** A number of a curve that has both kinds. */
export type RankingStatistic = (curve: Curve) => number

/** The curve of two ascending lists. */
export function sortedCurve(negatives: Float64Array, positives: Float64Array): Curve {
  return {
    negatives: negatives.length,
    positives: positives.length,
    walk(visit) {
      let [n, p] = [negatives.length - 1, positives.length - 1]
      while (n >= 0 || p >= 0) {
        const threshold = n < 0 || (p >= 0 && positives[p]! > negatives[n]!) ? positives[p]! : negatives[n]!
        while (p >= 0 && positives[p]! === threshold) p--
        while (n >= 0 && negatives[n]! === threshold) n--
        visit(positives.length - 1 - p, negatives.length - 1 - n, threshold)
      }
    },
  }
}

/**
 * The curve of counts by threshold.
 * @param thresholds [k] ascending; the counts at each are of the scores from there to the next
 */
export function countedCurve(
  thresholds: Float64Array,
  negatives: Float64Array,
  positives: Float64Array,
): Curve {
  return {
    negatives: total(negatives),
    positives: total(positives),
    walk(visit) {
      let [truePositives, falsePositives] = [0, 0]
      for (let i = thresholds.length - 1; i >= 0; i--) {
        if (negatives[i] === 0 && positives[i] === 0) continue
        truePositives += positives[i]!
        falsePositives += negatives[i]!
        visit(truePositives, falsePositives, thresholds[i]!)
      }
    },
  }
}

function total(counts: Float64Array): number {
  let sum = 0
  for (let i = 0; i < counts.length; i++) sum += counts[i]!
  return sum
}
