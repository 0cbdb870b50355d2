import { metric } from "@ifnormal/core"
import { z } from "zod"
import { extractorOf, extractorOptions } from "./extractor-options.js"
import { FidMetric, FidNMetric } from "./fid-metrics.js"
import { KidMetric } from "./kid-metric.js"
import { NeighborMetric } from "./neighbor-metrics.js"

const frechet = (Made: typeof FidMetric | typeof FidNMetric) =>
  metric({
    options: z.strictObject(extractorOptions),
    create: async ({ extractor, recipe, ...selection }, context) =>
      new Made(await extractorOf({ extractor, recipe }, context), selection, context.bootstrap),
  })

const neighbors = (kind: "precision" | "recall" | "density" | "coverage", usual: number) =>
  metric({
    options: z.strictObject({
      ...extractorOptions,
      k: z.int().min(1).default(usual).describe("which neighbor's distance is the radius of a ball"),
    }),
    create: async ({ extractor, recipe, k, ...selection }, context) =>
      new NeighborMetric(
        kind,
        await extractorOf({ extractor, recipe }, context),
        selection,
        k,
        context.bootstrap,
      ),
  })

/** Metrics of feature vectors by the type name of a config. */
export const featureMetrics = {
  fid: frechet(FidMetric),
  "fid-n": frechet(FidNMetric),
  kid: metric({
    options: z.strictObject({
      ...extractorOptions,
      subsets: z.int().min(1).default(100),
      subsetSize: z.int().min(2).default(1000).describe("images of each set in a subset"),
    }),
    create: async ({ extractor, recipe, subsets, subsetSize, ...selection }, context) =>
      new KidMetric(
        await extractorOf({ extractor, recipe }, context),
        selection,
        { subsets, subsetSize },
        context.bootstrap,
      ),
  }),
  precision: neighbors("precision", 3),
  recall: neighbors("recall", 3),
  density: neighbors("density", 5),
  coverage: neighbors("coverage", 5),
}
