import type { MetricRow } from "@ifnormal/core"
import { bootstrapFields } from "../intervals/options.js"
import { curveAuroc } from "./auroc.js"
import { curveAveragePrecision } from "./average-precision.js"
import { type RankingStatistic, sortedCurve } from "./curve.js"
import { curveF1Max } from "./f1-max.js"
import { type RankingBootstrapOptions, rankingIntervals } from "./intervals.js"
import { curvePartialAuroc, refuseLimit } from "./partial-auroc.js"
import { intervalRecipe, RECIPES } from "./recipes.js"
import { sortedPair } from "./sorted.js"

export interface RankingRowOptions extends RankingBootstrapOptions {
  /** Limit of the partial AuROC, in (0, 1], default 0.1. */
  readonly maxFpr?: number
}

/**
 * AuROC, AUPR, F1Max and partial AuROC of two lists of scores of any detector, each with its interval from the same draws.
 * @throws DataError "metric-nan", "metric-empty"; ConfigError "metric-option", "config-invalid"
 */
export function rankingRows(
  negatives: ArrayLike<number>,
  positives: ArrayLike<number>,
  { maxFpr = 0.1, ...bootstrap }: RankingRowOptions = {},
): MetricRow[] {
  refuseLimit(maxFpr, "maxFpr")
  const sorted = sortedPair(negatives, positives, "A ranking")
  const curve = sortedCurve(...sorted)
  const { threshold } = curveF1Max(curve)
  const kinds: { name: string; recipe: string; of: RankingStatistic; threshold?: number }[] = [
    { name: "AuROC", recipe: RECIPES.auroc, of: curveAuroc },
    { name: "AUPR", recipe: RECIPES.aupr, of: curveAveragePrecision },
    { name: "F1Max", recipe: RECIPES.f1Max, of: (drawn) => curveF1Max(drawn).value, threshold },
    {
      name: `partial AuROC, FPR <= ${maxFpr}`,
      recipe: RECIPES.partialAuroc(maxFpr),
      of: (drawn) => curvePartialAuroc(drawn, maxFpr),
    },
  ]
  const intervals = rankingIntervals(
    ...sorted,
    kinds.map(({ of }) => of),
    bootstrap,
  )
  return kinds.map(({ name, recipe, of, threshold }, i) => ({
    name,
    value: of(curve),
    unit: "fraction",
    ideal: 1,
    n: negatives.length + positives.length,
    counts: { normal: negatives.length, anomaly: positives.length },
    recipe: `${recipe}; ${intervalRecipe(negatives.length + positives.length)}`,
    ...(threshold !== undefined && { threshold }),
    interval: intervals[i]!,
    ...bootstrapFields(bootstrap),
  }))
}
