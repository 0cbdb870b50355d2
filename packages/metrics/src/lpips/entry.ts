import { metric } from "@ifnormal/core"
import { z } from "zod"
import { LpipsMetric, lpipsOf } from "./metric.js"
import { LPIPS_TRUNKS } from "./trunks.js"

/** Config type "lpips". */
export const lpipsEntry = metric({
  options: z.strictObject({
    alpha: z.number().min(0).max(1).default(0).describe("target score"),
    concept: z.int().min(0).optional().describe("0..K-1; default: all, pooled"),
    trunk: z.enum(LPIPS_TRUNKS).default("alex"),
    upsample: z
      .int()
      .min(1)
      .optional()
      .describe("pixels of the shorter side after upsampling; default: none"),
  }),
  create: async ({ trunk, upsample, ...selection }, context) =>
    new LpipsMetric(await lpipsOf(trunk, context.inputShape, context, upsample), {
      selection,
      upsample,
      bootstrap: context.bootstrap,
    }),
})
