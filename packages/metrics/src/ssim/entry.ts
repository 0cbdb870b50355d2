import { metric } from "@ifnormal/core"
import { z } from "zod"
import { SsimMetric } from "./metric.js"
import { SSIM_RECIPES } from "./ssim.js"

/** Config type "ssim". */
export const ssimEntry = metric({
  options: z.strictObject({
    alpha: z.number().min(0).max(1).default(0).describe("target score"),
    concept: z.int().min(0).optional().describe("0..K-1; default: all, pooled"),
    recipe: z.enum(SSIM_RECIPES).default("scikit-image"),
  }),
  create: ({ recipe, ...selection }, { bootstrap }) => new SsimMetric({ selection, recipe, bootstrap }),
})
