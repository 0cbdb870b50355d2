import { stream } from "@ifnormal/core"
import { type BootstrapOptions, bootstrapFields } from "../intervals/options.js"
import { percentiles } from "../intervals/redraw.js"
import { refuseNaN } from "../numbers.js"
import { sortedAuroc } from "./auroc.js"
import { sortedColumn } from "./column.js"
import type { RankingStatistic } from "./sorted.js"

/** Options of intervals that may take long. */
export interface RankingBootstrapOptions extends BootstrapOptions {
  /** Called after each draw with the number of draws so far. */
  readonly onDraw?: (done: number) => void
}

/**
 * Percentile bootstrap of statistics of two lists of scores: draws from each list on its own, with replacement, and
 * takes the central `level` of each statistic. All statistics see the same draws. Counts how often each score is drawn and
 * sorts once: 1000 draws from 10 000 + 10 000 scores take about half a second for one statistic.
 * @param statistics of ascending lists
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
  const [negative, positive] = [sortedColumn(negatives), sortedColumn(positives, clusters)]
  const values = statistics.map(() => new Float64Array(draws))
  const random = stream(seed, "bootstrap")
  for (let draw = 0; draw < draws; draw++) {
    negative.draw(random, negative.counts)
    positive.draw(random, positive.counts)
    const [n, p] = [negative.drawn(), positive.drawn()]
    statistics.forEach((statistic, s) => {
      values[s]![draw] = statistic(n, p)
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
  return rankingIntervals(negatives, positives, [sortedAuroc], options, clusters)[0]!
}
