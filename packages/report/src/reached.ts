import type { StoredExplanation } from "@ifnormal/core"
import { bestOf } from "./page/best.js"
import type { Reached } from "./page/types.js"

/** What each generator reached on all anomalies, by its best counterfactual of each image. */
export function reachedBy(generators: readonly string[], anomalies: readonly StoredExplanation[]): Reached[] {
  return generators.map((generator) => {
    const best = anomalies.flatMap(({ counterfactuals }) => {
      const made = bestOf(counterfactuals.filter((one) => one.generator === generator))
      return made ? [made] : []
    })
    const stamps = { valid: 0, "target-missed": 0, "too-far": 0, "not-distinct": 0, fragile: 0 }
    for (const { status } of best) stamps[status]++
    return {
      generator,
      n: best.length,
      stamps,
      inside: median(best.map(({ insideMask }) => insideMask)),
      seconds: median(best.map(({ seconds }) => seconds)),
    }
  })
}

/** Median of the finite numbers, the mean of the middle two of an even count; undefined of none. */
export function median(values: readonly (number | undefined)[]): number | undefined {
  const sorted = values.filter((value): value is number => Number.isFinite(value)).sort((a, b) => a - b)
  if (sorted.length === 0) return undefined
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1]! + sorted[middle]!) / 2
}
