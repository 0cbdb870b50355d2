import { metric } from "@ifnormal/core"
import { z } from "zod"
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
import { ScoreError } from "./score-error.js"
import { Stability } from "./stability.js"
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

/** Counterfactual metrics by the type name of a config. */
export const counterfactualMetrics = {
  "concept-accuracy": metric({
    options: z.strictObject(every),
    create: (selection) => new ConceptAccuracy(selection),
  }),
  l1: metric({ options: z.strictObject(one), create: (selection) => new MinimalityL1(selection) }),
  l2: metric({ options: z.strictObject(one), create: (selection) => new MinimalityL2(selection) }),
  mse: metric({ options: z.strictObject(one), create: (selection) => new MinimalityMse(selection) }),
  "changed-area": metric({
    options: z.strictObject({ ...one, threshold: share.default(0.1) }),
    create: ({ threshold, ...selection }) => new ChangedArea(selection, threshold),
  }),
  "change-inside-mask": metric({
    options: z.strictObject(one),
    create: (selection) => new ChangeInsideMask(selection),
  }),
  validity: metric({
    options: z.strictObject({ ...one, tolerance }),
    create: ({ tolerance, ...selection }) => new Validity(selection, tolerance),
  }),
  "second-validity": metric({
    options: z.strictObject({ ...one, tolerance }),
    create: ({ tolerance, ...selection }) => new SecondValidity(selection, tolerance),
  }),
  "flip-rate": metric({
    options: z.strictObject({ ...one, threshold: inner.default(0.5) }),
    create: ({ threshold, ...selection }) => new FlipRate(selection, threshold),
  }),
  "score-error": metric({
    options: z.strictObject(every),
    create: (selection) => new ScoreError(selection),
  }),
  "identity-error": metric({ options: z.strictObject({}), create: () => new IdentityError() }),
  influence: metric({
    options: z.strictObject({
      ...every,
      measure: z.enum(["pearson", "spearman", "mse", "kl"]).default("pearson"),
    }),
    create: ({ measure, ...selection }) => new Influence(selection, measure),
  }),
  stability: metric({
    options: z.strictObject({ ...one, measure: z.enum(["mse", "mae", "jsd"]).default("mae") }),
    create: ({ measure, ...selection }) => new Stability(selection, measure),
  }),
  "explanation-seconds": metric({
    options: z.strictObject({ ...one, quantile: share.default(0.5) }),
    create: ({ quantile, ...selection }) => new ExplanationSeconds(selection, quantile),
  }),
  "ar-pro": metric({
    options: z.strictObject({
      ...one,
      property: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]).default(1),
      region: z.enum(["map", "mask"]).default("map"),
      quantile: inner.default(0.9),
    }),
    create: ({ property, region, quantile, ...selection }) =>
      new ArPro(property, region, quantile, selection),
  }),
  distinctness: metric({
    options: z.strictObject({
      alpha,
      distance: z.enum(["l1", "l2"]).default("l2"),
      relative: z.boolean().default(false),
      limit,
    }),
    create: ({ alpha, ...options }) => new Distinctness({ alpha }, options),
  }),
  "indistinct-concepts": metric({
    options: z.strictObject({ alpha, threshold: share.default(0.1), area: share.default(0.01), limit }),
    create: ({ alpha, ...options }) => new IndistinctConcepts({ alpha }, options),
  }),
  "nearest-normal": metric({
    options: z.strictObject({ ...one, limit }),
    create: ({ limit, ...selection }) => new NearestNormal(selection, { limit }),
  }),
  ynn: metric({
    options: z.strictObject({
      ...one,
      k: z.int().min(1).default(5),
      labels: z.enum(["detector", "given"]).default("detector"),
      limit,
    }),
    create: ({ k, labels, limit, ...selection }) => new Ynn(selection, { k, labels, limit }),
  }),
}
