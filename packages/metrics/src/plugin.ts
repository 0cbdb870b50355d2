import { definePlugin, type Metric, type MetricRow } from "@ifnormal/core"
import packageJson from "../package.json" with { type: "json" }
import { counterfactualMetrics } from "./counterfactual/entries.js"
import { featureMetrics } from "./fid/entries.js"
import { lpipsEntry } from "./lpips/entry.js"
import { rankingMetrics } from "./ranking/entries.js"
import { ssimEntry } from "./ssim/entry.js"

/** The plugin: metrics by the type name of a config. */
export const metrics = definePlugin({
  name: "@ifnormal/metrics",
  version: packageJson.version,
  contract: 1,
  metrics: {
    ...rankingMetrics,
    ...counterfactualMetrics,
    ...featureMetrics,
    lpips: lpipsEntry,
    ssim: ssimEntry,
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
