import type { MetricInput } from "@ifnormal/core"

export type CounterfactualInput = Extract<MetricInput, { role: "counterfactual" }>

/** Which counterfactuals a metric looks at. */
export interface CounterfactualSelection {
  /** Target score; undefined = any. */
  readonly alpha?: number
  /** 0..K-1; undefined = all, pooled. */
  readonly concept?: number
}

/** Rows of the batch that are selected, ascending. Targets are compared to 1e-6, since tensors hold float32. */
export function selectRows(
  { alpha, concept }: CounterfactualInput,
  selection: CounterfactualSelection,
): number[] {
  return Array.from(alpha.keys()).filter(
    (row) =>
      (selection.alpha === undefined || Math.abs(alpha[row]! - selection.alpha) < 1e-6) &&
      (selection.concept === undefined || concept[row] === selection.concept),
  )
}

/** ", alpha 0.5, concept 1": what to put behind a metric's name. alpha = 0 is the usual case and not named. */
export function selectionName({ alpha, concept }: CounterfactualSelection): string {
  const named = alpha !== undefined && alpha !== 0 ? `, alpha ${alpha}` : ""
  return concept === undefined ? named : `${named}, concept ${concept + 1}`
}
