import type { StoredExplanation } from "@ifnormal/core"

/** The anomaly that is selected when the page opens: the first with a film strip, else the first. */
export function initialSelection(anomalies: readonly StoredExplanation[]): number {
  return Math.max(
    0,
    anomalies.findIndex((explanation) => explanation.strip !== undefined),
  )
}
