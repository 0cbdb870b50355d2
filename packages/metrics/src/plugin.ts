import { definePlugin, type Metric, type MetricRow, metric } from "@ifnormal/core"
import { z } from "zod"
import packageJson from "../package.json" with { type: "json" }
import { CounterfactualAuroc, DetectorAuroc } from "./auroc-metrics.js"
import { LpipsMetric, lpipsOf } from "./lpips/metric.js"
import { LPIPS_TRUNKS } from "./lpips/trunks.js"
import {
  ConceptAccuracy,
  IdentityError,
  MinimalityL1,
  MinimalityMse,
  ScoreError,
  Validity,
} from "./mean-metrics.js"
import type { CounterfactualSelection } from "./selection.js"
import { SsimMetric } from "./ssim/metric.js"
import { SSIM_RECIPES } from "./ssim/ssim.js"

const concept = z.int().min(0).optional().describe("0..K-1; default: all, pooled")
const anyAlpha = z.number().min(0).max(1).optional().describe("target score; default: every one")
const atAlpha = z.number().min(0).max(1).default(0).describe("target score")

const atZero = (create: (selection: CounterfactualSelection) => Metric) =>
  metric({ options: z.strictObject({ alpha: atAlpha, concept }), create })
const overAll = (create: (selection: CounterfactualSelection) => Metric) =>
  metric({ options: z.strictObject({ alpha: anyAlpha, concept }), create })

/** The plugin: metrics by the type name of a config. */
export const metrics = definePlugin({
  name: "@ifnormal/metrics",
  version: packageJson.version,
  contract: 1,
  metrics: {
    "detector-auroc": metric({ options: z.strictObject({}), create: () => new DetectorAuroc() }),
    "counterfactual-auroc": atZero((selection) => new CounterfactualAuroc(selection)),
    "concept-accuracy": overAll((selection) => new ConceptAccuracy(selection)),
    l1: atZero((selection) => new MinimalityL1(selection)),
    mse: atZero((selection) => new MinimalityMse(selection)),
    validity: metric({
      options: z.strictObject({ alpha: atAlpha, concept, tolerance: z.number().min(0).max(1).default(0.25) }),
      create: ({ tolerance, ...selection }) => new Validity(selection, tolerance),
    }),
    "score-error": overAll((selection) => new ScoreError(selection)),
    lpips: metric({
      options: z.strictObject({
        alpha: atAlpha,
        concept,
        trunk: z.enum(LPIPS_TRUNKS).default("alex"),
        upsample: z.int().min(1).optional().describe("shorter side after upsampling; default: none"),
      }),
      create: async ({ trunk, upsample, ...selection }, context) =>
        new LpipsMetric(await lpipsOf(trunk, context.inputShape, context, upsample), { selection, upsample }),
    }),
    ssim: metric({
      options: z.strictObject({ alpha: atAlpha, concept, recipe: z.enum(SSIM_RECIPES).default("scikit-image") }),
      create: ({ recipe, ...selection }) => new SsimMetric({ selection, recipe }),
    }),
    "identity-error": metric({ options: z.strictObject({}), create: () => new IdentityError() }),
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
