import { definePlugin, type Metric, type MetricRow, metric } from "@ifnormal/core"
import { z } from "zod"
import packageJson from "../package.json" with { type: "json" }
import {
  ConceptAccuracy,
  IdentityError,
  MinimalityL1,
  MinimalityMse,
  ScoreError,
  Validity,
} from "./mean-metrics.js"
import {
  CounterfactualAuroc,
  DetectorAupr,
  DetectorAuroc,
  DetectorF1Max,
  DetectorPartialAuroc,
} from "./ranking/detector-metrics.js"
import { Aupro, PixelAuroc } from "./ranking/pixel-metrics.js"
import type { CounterfactualSelection } from "./selection.js"

const concept = z.int().min(0).optional().describe("0..K-1; default: all, pooled")
const anyAlpha = z.number().min(0).max(1).optional().describe("target score; default: every one")
const atAlpha = z.number().min(0).max(1).default(0).describe("target score")

const limit = z.number().gt(0).max(1).describe("false positive rate up to which the curve counts")

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
    "detector-aupr": metric({ options: z.strictObject({}), create: () => new DetectorAupr() }),
    "detector-f1-max": metric({ options: z.strictObject({}), create: () => new DetectorF1Max() }),
    "detector-partial-auroc": metric({
      options: z.strictObject({ maxFpr: limit.default(0.1) }),
      create: ({ maxFpr }) => new DetectorPartialAuroc(maxFpr),
    }),
    "pixel-auroc": metric({ options: z.strictObject({}), create: () => new PixelAuroc() }),
    aupro: metric({
      options: z.strictObject({ fprLimit: limit.default(0.3) }),
      create: ({ fprLimit }) => new Aupro(fprLimit),
    }),
    "counterfactual-auroc": atZero((selection) => new CounterfactualAuroc(selection)),
    "concept-accuracy": overAll((selection) => new ConceptAccuracy(selection)),
    l1: atZero((selection) => new MinimalityL1(selection)),
    mse: atZero((selection) => new MinimalityMse(selection)),
    validity: metric({
      options: z.strictObject({ alpha: atAlpha, concept, tolerance: z.number().min(0).max(1).default(0.25) }),
      create: ({ tolerance, ...selection }) => new Validity(selection, tolerance),
    }),
    "score-error": overAll((selection) => new ScoreError(selection)),
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
