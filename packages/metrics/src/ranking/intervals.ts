import { stream } from "@ifnormal/core"
import { type BootstrapOptions, bootstrapFields } from "../intervals/options.js"
import { percentiles } from "../intervals/redraw.js"
import { refuseNaN } from "../numbers.js"
import { curveAuroc } from "./auroc.js"
import { countedCurve, type RankingStatistic, sortedCurve } from "./curve.js"
import { drawCounts, drawRows } from "./draws.js"
import { sortedPair } from "./sorted.js"
import { quantileThresholds } from "./thresholds.js"

/** Options of intervals that may take long. */
export interface RankingBootstrapOptions extends BootstrapOptions {
  /** Called after each draw with the number of draws so far. */
  readonly onDraw?: (done: number) => void
}

/** Scores of both kinds together up to which rows are drawn one by one. */
export const ROW_DRAWS = 20_000

/**
 * Percentile bootstrap of statistics of two lists of scores: draws from each list on its own, with replacement, and
 * takes the central `level` of each statistic. All statistics see the same draws. 1000 draws from 10 000 + 10 000 scores
 * take about a second.
 *
 * More than 20 000 scores without clusters are drawn as counts between at most 2048 thresholds (quantiles of both lists),
 * and each draw is moved by the difference that these thresholds make for the scores as they are: 1000 draws take a few
 * seconds, however many scores there are.
 * @param clusters [positives] positives with equal numbers are drawn together, see `clusterInterval`; default: none are
 * @returns one interval per statistic
 * @throws DataError "metric-nan", "metric-empty", "metric-length"; ConfigError "config-invalid"
 */
export function rankingIntervals(
  negatives: ArrayLike<number>,
  positives: ArrayLike<number>,
  statistics: readonly RankingStatistic[],
  options: RankingBootstrapOptions = {},
  clusters?: ArrayLike<number>,
): [low: number, high: number][] {
  const { seed, draws } = bootstrapFields(options)
  const sorted = sortedPair(negatives, positives, "A bootstrap interval")
  const many = negatives.length + positives.length > ROW_DRAWS && !clusters
  const thresholds = many ? quantileThresholds(...sorted) : distinct(...sorted)
  const [negative, positive] = many
    ? [drawCounts(sorted[0], thresholds), drawCounts(sorted[1], thresholds)]
    : [drawRows(negatives, thresholds), drawRows(positives, thresholds, clusters)]
  const shifts = statistics.map((statistic) =>
    many
      ? statistic(sortedCurve(...sorted)) -
        statistic(countedCurve(thresholds, negative.counts, positive.counts))
      : 0,
  )
  const values = statistics.map(() => new Float64Array(draws))
  const random = stream(seed, "bootstrap")
  for (let draw = 0; draw < draws; draw++) {
    negative.draw(random)
    positive.draw(random)
    const curve = countedCurve(thresholds, negative.drawn, positive.drawn)
    statistics.forEach((statistic, s) => {
      values[s]![draw] = statistic(curve) + shifts[s]!
    })
    options.onDraw?.(draw + 1)
  }
  return values.map((list) => {
    refuseNaN(list, "values of the redrawn statistic")
    return percentiles(list.sort(), options)
  })
}

/** `rankingIntervals` of `auroc` alone. */
export function aurocInterval(
  negatives: ArrayLike<number>,
  positives: ArrayLike<number>,
  options?: BootstrapOptions,
  clusters?: ArrayLike<number>,
): [low: number, high: number] {
  return rankingIntervals(negatives, positives, [curveAuroc], options, clusters)[0]!
}

/** Distinct scores of two ascending lists, ascending. */
function distinct(negatives: Float64Array, positives: Float64Array): Float64Array {
  const found: number[] = []
  sortedCurve(negatives, positives).walk((_, __, threshold) => found.push(threshold))
  return Float64Array.from(found).reverse()
}
