import { type Metric, metric } from "@ifnormal/core"
import { z } from "zod"
import type { BootstrapOptions } from "../intervals/options.js"
import {
  CounterfactualAuroc,
  DetectorAupr,
  DetectorAuroc,
  DetectorF1Max,
  DetectorPartialAuroc,
} from "./detector-metrics.js"
import { Aupro, PixelAuroc } from "./pixel-metrics.js"

const limit = z.number().gt(0).max(1).describe("false positive rate up to which the curve counts")
const plain = (create: (bootstrap?: BootstrapOptions) => Metric) =>
  metric({ options: z.strictObject({}), create: (_, { bootstrap }) => create(bootstrap) })

/** Metrics of scores and maps by the type name of a config. */
export const rankingMetrics = {
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
  "counterfactual-auroc": metric({
    options: z.strictObject({
      alpha: z.number().min(0).max(1).default(0).describe("target score"),
      concept: z.int().min(0).optional().describe("0..K-1; default: all, pooled"),
    }),
    create: (selection, { bootstrap }) => new CounterfactualAuroc(selection, bootstrap),
  }),
}
