import type { CounterfactualStatus, StoredCounterfactual, StoredExplanation } from "@ifnormal/core"
import type { Compared } from "./page/types.js"

const rank: readonly CounterfactualStatus[] = ["valid", "fragile", "not-distinct", "too-far", "target-missed"]

/** The counterfactual of a generator to look at first: by stamp, then the smallest change. */
export function bestOf(
  { counterfactuals }: StoredExplanation,
  generator: string,
): StoredCounterfactual | undefined {
  return counterfactuals
    .filter((made) => made.generator === generator)
    .sort((a, b) => rank.indexOf(a.status) - rank.indexOf(b.status) || a.distance - b.distance)[0]
}

/** What the best counterfactuals of each generator reached. */
export function compare(
  generators: readonly string[],
  explanations: readonly StoredExplanation[],
): Compared[] {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
  return generators.map((generator) => {
    const best = explanations.flatMap((explanation) => bestOf(explanation, generator) ?? [])
    const counts = { valid: 0, "target-missed": 0, "too-far": 0, "not-distinct": 0, fragile: 0 }
    for (const { status } of best) counts[status]++
    const inside = best.flatMap(({ insideMask }) => insideMask ?? [])
    const seconds = best.flatMap((made) => made.seconds ?? [])
    return {
      generator,
      n: best.length,
      counts,
      ...(inside.length > 0 && { inside: { share: mean(inside), n: inside.length } }),
      ...(seconds.length > 0 && { seconds: mean(seconds) }),
    }
  })
}
