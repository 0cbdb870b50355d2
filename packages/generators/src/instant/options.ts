import { z } from "zod"

const weight = z.number().min(0)
const concepts = z.int().min(1).max(16).default(2)

/** Options of the generator "gradient". Every default is our choice. */
export const gradientOptions = z.strictObject({
  /** K, searched together and pushed apart; concept 0 is the smallest change, later ones avoid those before. */
  concepts,
  /** Most steps for one image. */
  steps: z.int().min(1).max(10_000).default(80),
  /** Most seconds for one image. A search that this ends is not repeatable to the bit; `steps` is. */
  seconds: z.number().positive().default(60),
  /** Largest change of a pixel in one step. */
  learningRate: z.number().positive().max(1).default(0.1),
  /** First weight of the L1 term: pixels less sensitive than this share of the most sensitive one are let go. */
  l1: weight.default(0.02),
  /** Weight of the change's total variation. */
  totalVariation: weight.default(0.01),
  /** Weight of the cosine between a concept's change and those of the concepts before. */
  diversity: weight.default(0.3),
  /** Standard deviation, in pixels, of the blur of each step's gradient; null: a 64th of the longer side. */
  smooth: z.number().min(0).nullable().default(null),
  /** Each step also looks at a noisy copy, which must reach the target too: keeps adversarial noise away. */
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
  /** Normal images kept at `fit` for the prior; null: as many as fit 64 MiB, at most 64. */
  examples: z.int().min(1).max(100_000).nullable().default(null),
})
export type GradientOptions = z.output<typeof gradientOptions>
export type GradientInput = z.input<typeof gradientOptions>

/** Options of the generator "nearest". Every default is our choice. */
export const nearestOptions = z.strictObject({
  /** K, the number of neighbors. */
  concepts,
  /** Normal images kept at `fit`; null: as many as fit 64 MiB, at most 256. */
  examples: z.int().min(1).max(100_000).nullable().default(null),
  /** "pixels": mean absolute difference. "features": Euclidean, of the detector's features. */
  distance: z.enum(["pixels", "features"]).default("pixels"),
  /** Only images that the detector scores so near the target count, where there are any. */
  tolerance: z.number().min(0).max(1).default(0.2),
})
export type NearestOptions = z.output<typeof nearestOptions>
export type NearestInput = z.input<typeof nearestOptions>

/** Options of the generator "search". Every default is our choice. */
export const searchOptions = z.strictObject({
  /** K; each concept takes its patches from another normal image, the k-th nearest. */
  concepts,
  /** Most images scored for one concept of one image. */
  evaluations: z.int().min(1).max(1_000_000).default(300),
  /** Most seconds for one image. A search that this ends is not repeatable to the bit; `evaluations` is. */
  seconds: z.number().positive().default(60),
  /** Side of the smallest patch in pixels; null: a 32nd of the longer side, at least 1. */
  patch: z.int().min(1).nullable().default(null),
  /** Images in one call of the detector. */
  batchSize: z.int().min(1).max(1024).default(16),
  /** How near the target phi must stay. */
  tolerance: z.number().min(0).max(1).default(0.2),
  /** phi of a noisy copy is what must stay near, where that of the normal image does: see `gradient`. */
  robust: z.boolean().default(true),
  /** Of the noise. */
  seed: z.int().min(0).default(0),
  /** Normal images kept at `fit`; null: as many as fit 64 MiB, at most 64. */
  examples: z.int().min(1).max(100_000).nullable().default(null),
})
export type SearchOptions = z.output<typeof searchOptions>
export type SearchInput = z.input<typeof searchOptions>
