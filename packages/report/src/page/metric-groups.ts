import type { MetricRow } from "@ifnormal/core"

/** What a metric is about: types by heading, in the order of the table. */
const GROUPS: readonly (readonly [title: string, types: readonly string[]])[] = [
  [
    "Detector",
    [
      ...["detector-auroc", "detector-aupr", "detector-f1-max", "detector-partial-auroc"],
      ...["pixel-auroc", "aupro", "anomaly-score"],
    ],
  ],
  [
    "Counterfactuals",
    [
      ...["counterfactual-auroc", "validity", "second-validity", "flip-rate", "score-error", "influence"],
      ...["identity-error", "stability", "stamp", "explain-time", "explanation-seconds"],
    ],
  ],
  [
    "Concepts",
    [
      ...["concept-accuracy", "post-hoc-concept-accuracy", "distinctness", "indistinct-concepts"],
      "substitutability",
    ],
  ],
  ["Closeness", ["l1", "l2", "mse", "ssim", "lpips", "changed-area", "change-inside-mask", "ar-pro"]],
  [
    "Realism",
    ["fid-n", "fid", "kid", "precision", "recall", "density", "coverage", "nearest-normal", "ynn", "judge"],
  ],
]

/** Rows under the headings that have any; types of plugins, and rows without one, come last. */
export function grouped(rows: readonly MetricRow[]): { title: string; rows: MetricRow[] }[] {
  const place = ({ type }: MetricRow) =>
    GROUPS.findIndex(([, types]) => types.some((known) => known === type))
  const order = (at: number) => {
    const types = GROUPS[at]?.[1] ?? []
    // Rows of one type stay as they are.
    return rows
      .filter((row) => place(row) === at)
      .sort((a, b) => types.indexOf(a.type ?? "") - types.indexOf(b.type ?? ""))
  }
  return [
    ...GROUPS.map(([title], at) => ({ title, rows: order(at) })),
    { title: "Other", rows: order(-1) },
  ].filter((group) => group.rows.length > 0)
}
