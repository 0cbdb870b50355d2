import { definePlugin, type Metric, type MetricRow, metric } from "@ifnormal/core"
import { z } from "zod"
import packageJson from "../package.json" with { type: "json" }
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
import {
  CounterfactualAuroc,
  DetectorAupr,
  DetectorAuroc,
  DetectorF1Max,
  DetectorPartialAuroc,
} from "./ranking/detector-metrics.js"
import { Aupro, PixelAuroc } from "./ranking/pixel-metrics.js"
import type { CounterfactualSelection } from "./selection.js"
import { ssimEntry } from "./ssim/entry.js"

const concept = z.int().min(0).optional().describe("0..K-1; default: all, pooled")
const anyAlpha = z.number().min(0).max(1).optional().describe("target score; default: every one")
const atAlpha = z.number().min(0).max(1).default(0).describe("target score")

const limit = z.number().gt(0).max(1).describe("false positive rate up to which the curve counts")

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
const plain = (create: (bootstrap?: BootstrapOptions) => Metric) =>
  metric({ options: z.strictObject({}), create: (_, { bootstrap }) => create(bootstrap) })

/** The plugin: metrics by the type name of a config. */
export const metrics = definePlugin({
  name: "@ifnormal/metrics",
  version: packageJson.version,
  contract: 1,
  metrics: {
    "detector-auroc": plain((bootstrap) => new DetectorAuroc(bootstrap)),
    "detector-aupr": plain((bootstrap) => new DetectorAupr(bootstrap)),
    "detector-f1-max": plain((bootstrap) => new DetectorF1Max(bootstrap)),
    "detector-partial-auroc": metric({
      options: z.strictObject({ maxFpr: limit.default(0.1) }),
      create: ({ maxFpr }, { bootstrap }) => new DetectorPartialAuroc(maxFpr, bootstrap),
    }),
    "pixel-auroc": plain((bootstrap) => new PixelAuroc(bootstrap)),
    aupro: metric({
      options: z.strictObject({ fprLimit: limit.default(0.3) }),
      create: ({ fprLimit }, { bootstrap }) => new Aupro(fprLimit, bootstrap),
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
    "identity-error": plain((bootstrap) => new IdentityError(bootstrap)),
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
