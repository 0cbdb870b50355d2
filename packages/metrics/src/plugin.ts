import { definePlugin, type Metric, type MetricRow, metric } from "@ifnormal/core"
import { z } from "zod"
import packageJson from "../package.json" with { type: "json" }
import { CounterfactualAuroc, DetectorAuroc } from "./auroc-metrics.js"
import { counterfactualMetrics } from "./counterfactual/entries.js"
import type { CounterfactualSelection } from "./selection.js"

const concept = z.int().min(0).optional().describe("0..K-1; default: all, pooled")
const atAlpha = z.number().min(0).max(1).default(0).describe("target score")

const atZero = (create: (selection: CounterfactualSelection) => Metric) =>
  metric({ options: z.strictObject({ alpha: atAlpha, concept }), create })
/** The plugin: metrics by the type name of a config. */
export const metrics = definePlugin({
  name: "@ifnormal/metrics",
  version: packageJson.version,
  contract: 1,
  metrics: {
    "detector-auroc": metric({ options: z.strictObject({}), create: () => new DetectorAuroc() }),
    "counterfactual-auroc": atZero((selection) => new CounterfactualAuroc(selection)),
    ...counterfactualMetrics,
  },
})

/** A row of metrics.json from a metric that has seen everything, with the paper's number or a bar beside it. */
export async function metricRow(
  metric: Metric & { readonly unit?: MetricRow["unit"] },
  beside: Pick<MetricRow, "paper" | "bar"> = {},
): Promise<MetricRow> {
  const { name, ideal, unit } = metric
  return { name, unit, ideal, ...(await metric.compute()), ...beside }
}
