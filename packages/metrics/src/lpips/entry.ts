import { metric } from "@ifnormal/core"
import { z } from "zod"
import { defaultUpsample, LpipsMetric, lpipsOf } from "./metric.js"
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
      .describe(
        "pixels of the shorter side after upsampling; default: 64 for images below the trunk's minimum, else none",
      ),
  }),
  create: async ({ trunk, upsample: asked, ...selection }, context) => {
    const upsample = asked ?? defaultUpsample(trunk, context.inputShape)
    const lpips = await lpipsOf(trunk, context.inputShape, context, upsample)
    return new LpipsMetric(lpips, { selection, upsample, bootstrap: context.bootstrap })
  },
})
