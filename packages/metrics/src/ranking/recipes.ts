import { ROW_DRAWS } from "./intervals.js"

/** How each ranking metric computes, for `MetricResult.recipe`. */
export const RECIPES = {
  auroc: "exact rank statistic, ties half, raw scores in float64",
  aupr: "average precision over distinct thresholds, raw scores in float64",
  f1Max: "largest 2 TP / (2 TP + FP + FN) over score >= threshold, the lowest threshold of equals",
  partialAuroc: (maxFpr: number) =>
    `exact area under the ROC curve for FPR <= ${maxFpr}, standardised by McClish, raw scores in float64`,
} as const

/** How `rankingIntervals` draws `n` scores without clusters. */
export function intervalRecipe(n: number): string {
  return `percentile bootstrap over images${n > ROW_DRAWS ? " at up to 2048 thresholds" : ""}`
}
