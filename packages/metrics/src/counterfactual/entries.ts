import { type MetricContext, metric } from "@ifnormal/core"
import { z } from "zod"
import { extractorOf } from "../fid/extractor-options.js"
import { ArPro } from "./ar-pro.js"
import { ChangeInsideMask } from "./change-inside-mask.js"
import { ConceptAccuracy } from "./concept-accuracy.js"
import { Distinctness } from "./distinctness.js"
import { ExplanationSeconds } from "./explanation-seconds.js"
import { FlipRate } from "./flip-rate.js"
import { IdentityError } from "./identity-error.js"
import { IndistinctConcepts } from "./indistinct-concepts.js"
import { Influence } from "./influence.js"
import { ChangedArea, MinimalityL1, MinimalityL2, MinimalityMse } from "./minimality.js"
import { NearestNormal } from "./nearest-normal.js"
import { PostHocConceptAccuracy } from "./post-hoc-concept-accuracy.js"
import { ScoreError } from "./score-error.js"
import { Stability } from "./stability.js"
import { Substitutability } from "./substitutability.js"
import { SecondValidity, Validity } from "./validity.js"
import { Ynn } from "./ynn.js"

const share = z.number().min(0).max(1)
const limit = z.int().min(1).optional().describe("images that are held, at most")
const tolerance = share.default(0.25)
const inner = z.number().gt(0).lt(1)

const alpha = share.default(0).describe("target score")
const concept = z.int().min(0).optional().describe("0..K-1; default: all, pooled")
/** Counterfactuals of one alpha. */
const one = { alpha, concept }
/** Counterfactuals of every alpha, or of one. */
const every = { alpha: share.optional().describe("target score; default: every one"), concept }

/** A classifier of the metric's own. */
const fresh = { seed: z.int().optional(), epochs: z.int().min(1).optional(), limit }

/** What images are compared by. */
const features = z
  .enum(["pixels", "inception", "digits"])
  .default("pixels")
  .describe("digits: a classifier of MNIST that comes with the package, which does not see color")

/** The extractor, or why there is none; undefined for pixels. */
const extractorFor = async (name: z.infer<typeof features>, context: MetricContext) =>
  name === "pixels" ? undefined : extractorOf({ extractor: name, recipe: "torch-fidelity" }, context)

/** Counterfactual metrics by the type name of a config. */
export const counterfactualMetrics = {
  "concept-accuracy": metric({
    options: z.strictObject(every),
    create: (selection, { bootstrap }) => new ConceptAccuracy(selection, bootstrap),
  }),
  l1: metric({
    options: z.strictObject(one),
    create: (selection, { bootstrap }) => new MinimalityL1(selection, bootstrap),
  }),
  l2: metric({
    options: z.strictObject(one),
    create: (selection, { bootstrap }) => new MinimalityL2(selection, bootstrap),
  }),
  mse: metric({
    options: z.strictObject(one),
    create: (selection, { bootstrap }) => new MinimalityMse(selection, bootstrap),
  }),
  "changed-area": metric({
    options: z.strictObject({ ...one, threshold: share.default(0.1) }),
    create: ({ threshold, ...selection }, { bootstrap }) => new ChangedArea(selection, threshold, bootstrap),
  }),
  "change-inside-mask": metric({
    options: z.strictObject(one),
    create: (selection, { bootstrap }) => new ChangeInsideMask(selection, bootstrap),
  }),
  validity: metric({
    options: z.strictObject({ ...one, tolerance }),
    create: ({ tolerance, ...selection }, { bootstrap }) => new Validity(selection, tolerance, bootstrap),
  }),
  "second-validity": metric({
    options: z.strictObject({ ...one, tolerance }),
    create: ({ tolerance, ...selection }, { bootstrap }) =>
      new SecondValidity(selection, tolerance, bootstrap),
  }),
  "flip-rate": metric({
    options: z.strictObject({ ...one, threshold: inner.default(0.5) }),
    create: ({ threshold, ...selection }, { bootstrap }) => new FlipRate(selection, threshold, bootstrap),
  }),
  "score-error": metric({
    options: z.strictObject(every),
    create: (selection, { bootstrap }) => new ScoreError(selection, bootstrap),
  }),
  "identity-error": metric({
    options: z.strictObject({}),
    create: (_, { bootstrap }) => new IdentityError(bootstrap),
  }),
  influence: metric({
    options: z.strictObject({
      ...every,
      measure: z.enum(["pearson", "spearman", "mse", "kl"]).default("pearson"),
    }),
    create: ({ measure, ...selection }, { bootstrap }) => new Influence(selection, measure, bootstrap),
  }),
  stability: metric({
    options: z.strictObject({ ...one, measure: z.enum(["mse", "mae", "jsd"]).default("mae") }),
    create: ({ measure, ...selection }, { bootstrap }) => new Stability(selection, measure, bootstrap),
  }),
  "explanation-seconds": metric({
    options: z.strictObject({ ...one, quantile: share.default(0.5) }),
    create: ({ quantile, ...selection }, { bootstrap }) =>
      new ExplanationSeconds(selection, quantile, bootstrap),
  }),
  "ar-pro": metric({
    options: z.strictObject({
      ...one,
      property: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]).default(1),
      region: z.enum(["map", "mask"]).default("map"),
      quantile: inner.default(0.9),
    }),
    create: ({ property, region, quantile, ...selection }, { bootstrap }) =>
      new ArPro(property, region, quantile, selection, bootstrap),
  }),
  distinctness: metric({
    options: z.strictObject({
      alpha,
      distance: z.enum(["l1", "l2"]).default("l2"),
      relative: z.boolean().default(false),
      features,
      limit,
    }),
    create: async ({ alpha, features, ...options }, context) => {
      const extractor = await extractorFor(features, context)
      return new Distinctness({ alpha }, { ...options, extractor, bootstrap: context.bootstrap })
    },
  }),
  "indistinct-concepts": metric({
    options: z.strictObject({ alpha, threshold: share.default(0.1), area: share.default(0.01), limit }),
    create: ({ alpha, ...options }, { bootstrap }) =>
      new IndistinctConcepts({ alpha }, { ...options, bootstrap }),
  }),
  "nearest-normal": metric({
    options: z.strictObject({ ...one, features, limit }),
    create: async ({ limit, features, ...selection }, context) => {
      const extractor = await extractorFor(features, context)
      return new NearestNormal(selection, { limit, extractor, bootstrap: context.bootstrap })
    },
  }),
  ynn: metric({
    options: z.strictObject({
      ...one,
      k: z.int().min(1).default(5),
      labels: z.enum(["detector", "given"]).default("detector"),
      features,
      limit,
    }),
    create: async ({ k, labels, limit, features, ...selection }, context) => {
      const extractor = await extractorFor(features, context)
      return new Ynn(selection, { k, labels, limit, extractor, bootstrap: context.bootstrap })
    },
  }),
  "post-hoc-concept-accuracy": metric({
    options: z.strictObject({ alpha, ...fresh }),
    create: ({ alpha, ...options }, { bootstrap }) =>
      new PostHocConceptAccuracy({ alpha }, { ...options, bootstrap }),
  }),
  substitutability: metric({
    options: z.strictObject(fresh),
    create: (options, { bootstrap }) => new Substitutability({ ...options, bootstrap }),
  }),
}
