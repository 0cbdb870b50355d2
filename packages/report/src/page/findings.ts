// The few numbers of the verdict, looked up in the run's files. undefined: not measured yet.
import type { MetricRow } from "@ifnormal/core"
import type { PageData } from "./types.js"

const ofCounterfactuals = /\bCEs?\b|counterfactual/i

export interface Findings {
  readonly detectorAuroc?: MetricRow
  /** Normal test images against counterfactuals, pooled over concepts where measured. */
  readonly counterfactualAuroc?: MetricRow
  readonly valid?: { readonly share: number; readonly n: number }
  readonly semantics?: { readonly share: number; readonly n: number; readonly judge: string }
}

export function findings({ metrics, explanations }: PageData): Findings {
  const auroc = (metrics?.metrics ?? []).filter(({ name, skipped }) => /auroc/i.test(name) && !skipped)
  const counterfactual = auroc.filter(({ name }) => ofCounterfactuals.test(name))
  const all = metrics?.semantics?.rows.find(({ name }) => name === "all counterfactuals")
  const made = explanations ? Object.values(explanations.stamps).reduce((a, b) => a + b, 0) : 0
  return {
    detectorAuroc: auroc.find(({ name }) => !ofCounterfactuals.test(name)),
    counterfactualAuroc:
      counterfactual.find(({ name }) => /pooled|all/i.test(name)) ??
      counterfactual.find(({ name }) => !/concept/i.test(name)) ??
      counterfactual[0],
    valid: explanations && made > 0 ? { share: explanations.stamps.valid / made, n: made } : undefined,
    semantics: all && { share: all.cyanOrOne, n: all.n, judge: metrics!.semantics!.judge },
  }
}
