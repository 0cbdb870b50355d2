import { definePlugin, type Metric, type MetricRow, metric } from "@ifnormal/core"
import { z } from "zod"
import packageJson from "../package.json" with { type: "json" }
import { CounterfactualAuroc, DetectorAuroc } from "./auroc-metrics.js"
import type { BootstrapOptions } from "./intervals/options.js"
import { lpipsEntry } from "./lpips/entry.js"
import {
  ConceptAccuracy,
  IdentityError,
  MinimalityL1,
  MinimalityMse,
  ScoreError,
  Validity,
} from "./mean-metrics.js"
import type { CounterfactualSelection } from "./selection.js"
import { ssimEntry } from "./ssim/entry.js"

const concept = z.int().min(0).optional().describe("0..K-1; default: all, pooled")
const anyAlpha = z.number().min(0).max(1).optional().describe("target score; default: every one")
const atAlpha = z.number().min(0).max(1).default(0).describe("target score")

type Create = (selection: CounterfactualSelection, bootstrap?: BootstrapOptions) => Metric
const atZero = (create: Create) =>
  metric({
    options: z.strictObject({ alpha: atAlpha, concept }),
    create: (selection, { bootstrap }) => create(selection, bootstrap),
  })
const overAll = (create: Create) =>
  metric({
    options: z.strictObject({ alpha: anyAlpha, concept }),
    create: (selection, { bootstrap }) => create(selection, bootstrap),
  })

/** The plugin: metrics by the type name of a config. */
export const metrics = definePlugin({
  name: "@ifnormal/metrics",
  version: packageJson.version,
  contract: 1,
  metrics: {
    "detector-auroc": metric({
      options: z.strictObject({}),
      create: (_, { bootstrap }) => new DetectorAuroc(bootstrap),
    }),
    "counterfactual-auroc": atZero((...given) => new CounterfactualAuroc(...given)),
    "concept-accuracy": overAll((...given) => new ConceptAccuracy(...given)),
    l1: atZero((...given) => new MinimalityL1(...given)),
    mse: atZero((...given) => new MinimalityMse(...given)),
    validity: metric({
      options: z.strictObject({ alpha: atAlpha, concept, tolerance: z.number().min(0).max(1).default(0.25) }),
      create: ({ tolerance, ...selection }, { bootstrap }) => new Validity(selection, tolerance, bootstrap),
    }),
    "score-error": overAll((...given) => new ScoreError(...given)),
    "identity-error": metric({
      options: z.strictObject({}),
      create: (_, { bootstrap }) => new IdentityError(bootstrap),
    }),
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
