import { z } from "zod"

const weight = z.number().min(0)
const share = z.number().min(0).max(1)

/**
 * Options of the generator "gan". Every default is our choice: the paper's appendix is not public to us. Departures
 * from the paper are marked with the paper's value.
 */
export const ganOptions = z.strictObject({
  /** K, the number of different counterfactuals of one image. */
  concepts: z.int().min(1).max(16).default(2),
  /** Channels of the first convolution of G and D. */
  width: z.int().min(1).max(256).default(16),
  /**
   * Where the residual blocks of G change resolution. "full": as DISSECT, around both convolutions. "lite": going
   * down, between the two. "slim": going down before both, going up between; least work.
   */
  architecture: z.enum(["full", "lite", "slim"]).default("slim"),
  /** G adds to x through a mask, m x + (1 - m) tanh(...), instead of drawing the whole image. */
  blend: z.boolean().default(false),
  /** First bias of the mask (before the sigmoid): larger means closer to x at first. */
  blendBias: z.number().default(1),
  /** Weights of the terms of U; see core's ObjectiveWeights. Images are in [-1, 1] here. */
  weights: z
    .strictObject({
      gan: weight.default(1),
      phi: weight.default(1),
      rec: weight.default(10),
      cycle: weight.default(5),
      concept: weight.default(2),
      diversity: weight.default(0),
      proximity: weight.default(0),
    })
    .prefault({}),
  /** Paper: "paper" (saturates at D >= 1). */
  generatorLoss: z.enum(["paper", "standard"]).default("standard"),
  scoreLoss: z.enum(["bce", "l2", "kl"]).default("bce"),
  /** Paper, as printed: "paper". */
  conceptPair: z.enum(["dissect", "paper", "none"]).default("dissect"),
  /** What weighs an image in the concept loss: 1 (paper), or |alpha - phi(x)|. */
  conceptWeight: z.enum(["one", "change"]).default("change"),
  /** What weighs a fake in the adversarial losses: 1 (paper), or |alpha - phi(x)| over its mean. */
  ganWeight: z.enum(["one", "change"]).default("one"),
  /** What R sees: the images (paper), or block averages with Gaussian noise in training. */
  conceptView: z.enum(["full", "coarse"]).default("coarse"),
  /** Block size of the coarse view. */
  conceptPool: z.int().min(1).max(16).default(4),
  /** Standard deviation of the noise in the coarse view, images in [-1, 1]. */
  conceptNoise: z.number().min(0).default(0.2),
  /**
   * "permuted": in training R sees the channels of each pair in a random order, so that a concept cannot be a certain
   * hue ("more blue") and means the same for images of any color. Paper: "fixed".
   */
  conceptChannels: z.enum(["fixed", "permuted"]).default("permuted"),
  /** R sees the pair (paper), or the difference, turned so that it always points towards normal. */
  conceptInput: z.enum(["pair", "difference"]).default("difference"),
  /** Network of R. */
  conceptNetwork: z.enum(["conv", "pooled", "mlp", "linear"]).default("pooled"),
  /** D(x, alpha), a continuous form of DISSECT's ordinal projection, or D(x) (paper). */
  discriminator: z.enum(["alpha", "unconditional"]).default("alpha"),
  realSamples: z.enum(["all", "normal"]).default("all"),
  /** L_rec from a pass of its own (paper), or from the images whose alpha was drawn as phi(x). */
  reconstruction: z.enum(["pass", "sampled"]).default("sampled"),
  /** Share of a batch that gets a cycle. */
  cycleShare: share.default(0.5),
  /** Every image of a batch under each concept, instead of one concept drawn per image. */
  pairConcepts: z.boolean().default(false),
  /** Share of normal images among those that G changes, where there is outlier exposure. */
  normalShare: share.default(0.25),
  /** A number: D sees images of its own as real, this share of them normal. null: those that G changes. */
  realNormalShare: share.nullable().default(0.75),
  diversityMargin: z.number().min(0).default(0.3),
  /** Shares of alpha = 0, 1, phi(x), and the end that phi(x) is farther from; the rest is uniform. */
  alpha: z
    .strictObject({
      zero: share.default(0),
      one: share.default(0),
      identity: share.default(0.2),
      flip: share.default(0.6),
    })
    .refine(({ zero, one, identity, flip }) => zero + one + identity + flip <= 1 + 1e-9, {
      message: "The shares of alpha add up to more than 1.",
    })
    .prefault({}),
  /** Decay of the moving average of G's weights that explains; 0 for none. */
  average: z.number().min(0).max(0.9999).default(0),
  schedule: z.enum(["constant", "decay", "cosine"]).default("cosine"),
  /** Steps over which the learning rate rises at first ("cosine"). */
  warmup: z.int().min(0).default(50),
  /** Learning rate of D over that of G. */
  discriminatorRate: z.number().positive().default(2),
  /** Learning rate of R over that of G. */
  conceptRate: z.number().positive().default(1),
})
/** What a user writes: everything has a default. */
export type GanInput = z.input<typeof ganOptions>
export type GanOptions = z.output<typeof ganOptions>
