import { z } from "zod"

const weight = z.number().min(0)
const concepts = z.int().min(1).max(16).default(2)

/** Options of the generator "gradient". Every default is our choice. */
export const gradientOptions = z.strictObject({
  /** K, searched together and pushed apart; concept 0 is the smallest change, later ones avoid those before. */
  concepts,
  /** Most steps for one image. */
  steps: z.int().min(1).max(10_000).default(150),
  /** Most seconds for one image. A search that this ends is not repeatable to the bit; `steps` is. */
  seconds: z.number().positive().default(60),
  /** Largest change of a pixel in one step. */
  learningRate: z.number().positive().max(1).default(0.05),
  /** First weight of the L1 term: pixels less sensitive than this share of the most sensitive one are let go. */
  l1: weight.default(0.02),
  /** Weight of the change's total variation. */
  totalVariation: weight.default(0.01),
  /** Weight of the cosine between a concept's change and those of the concepts before. */
  diversity: weight.default(0.3),
  /** Standard deviation, in pixels, of the blur of each step's gradient; null: a 64th of the longer side. */
  smooth: z.number().min(0).nullable().default(null),
  /** Each step also looks at a noisy, blurred copy, which must be valid too: keeps adversarial noise away. */
  robust: z.boolean().default(true),
  /** A counterfactual counts as found when phi is so near its target; a little below what `explain` asks. */
  tolerance: z.number().min(0).max(1).default(0.2),
  /**
   * "none": any pixel may change. "normal": pixels move towards those of the nearest normal images, concept k towards
   * the k-th nearest; needs `fit`. "auto": "normal" where the generator was fitted.
   */
  prior: z.enum(["auto", "normal", "none"]).default("auto"),
  /** Of the starts and the noise. An option, not the experiment's seed: a search with the same options repeats. */
  seed: z.int().min(0).default(0),
  /** Normal images kept at `fit` for the prior. */
  examples: z.int().min(1).max(10_000).default(64),
})
export type GradientOptions = z.output<typeof gradientOptions>
export type GradientInput = z.input<typeof gradientOptions>
