import * as tf from "@tensorflow/tfjs-core"
import type { ConceptPair, GeneratorLoss, ScoreLoss } from "./losses.js"

/** Weights of the terms of U = gan L_G - phi L_phi + rec L_rec + cycle L_cyc + concept L_con (section 4). */
export interface ObjectiveWeights {
  readonly gan: number
  readonly phi: number
  /** Of L_rec; the paper has one weight for L_rec and L_cyc. */
  readonly rec: number
  readonly cycle: number
  readonly concept: number
  /** Of `diversityLoss`, not in the paper. */
  readonly diversity: number
  /** Of |x - xbar|_1, not in the paper. */
  readonly proximity: number
}

/** How training draws the target score alpha of each image; what is left is uniform in [0, 1]. Our choice. */
export interface AlphaSampling {
  /** Share of alpha = 0, the target of explanations. */
  readonly zero: number
  /** Share of alpha = 1. */
  readonly one: number
  /** Share of alpha = phi(x): nothing to change. */
  readonly identity: number
  /** Share of the other end: 1 where phi(x) < 0.5, else 0. */
  readonly flip: number
}

/** Every reading of the objective that the paper leaves open. All of them are our choices. */
export interface ObjectiveOptions {
  readonly weights: ObjectiveWeights
  readonly generatorLoss: GeneratorLoss
  readonly scoreLoss: ScoreLoss
  readonly conceptPair: ConceptPair
  /** Weight of each image in L_con: 1, or |alpha - phi(x)| (DISSECT: no concept where nothing is to change). */
  readonly conceptWeight: "one" | "change"
  /** Weight of each fake in L_G and L_D: 1, or |alpha - phi(x)| over its mean (nothing to judge where nothing changes). */
  readonly ganWeight: "one" | "change"
  /** What D sees as real: every training image, or the normal ones. */
  readonly realSamples: "all" | "normal"
  /**
   * Where L_rec comes from: "pass" (a G(x, phi(x), k) of every image), or "sampled" (the images with alpha = phi(x),
   * which needs `alpha.identity` > 0 and saves a third of the generator's work).
   */
  readonly reconstruction: "pass" | "sampled"
  /** Share of the batch that gets a cycle G(xbar, phi(x), k). */
  readonly cycleShare: number
  /** Every image of a batch under each of the K concepts, with the same alpha. */
  readonly pairConcepts: boolean
  /** Share of normal images among those that G changes, where there are outliers. */
  readonly normalShare: number
  /** D sees images of its own as real, this share of them normal. Default: it sees the images that G changes. */
  readonly realNormalShare?: number | undefined
  /** Of `diversityLoss`, in [-1, 1] images. */
  readonly diversityMargin: number
  readonly alpha: AlphaSampling
}

/** The reading used where an option is not given. */
export const objectiveDefaults: ObjectiveOptions = {
  weights: { gan: 1, phi: 1, rec: 5, cycle: 5, concept: 1, diversity: 0, proximity: 0 },
  generatorLoss: "standard",
  scoreLoss: "bce",
  conceptPair: "dissect",
  conceptWeight: "one",
  ganWeight: "one",
  realSamples: "all",
  reconstruction: "pass",
  cycleShare: 1,
  pairConcepts: false,
  normalShare: 0.5,
  diversityMargin: 0.3,
  alpha: { zero: 0.4, one: 0.1, identity: 0, flip: 0 },
}

/** The sum of the terms times their weights; terms of weight 0 are left out. */
export function weightedSum<Name extends string>(
  terms: Readonly<Partial<Record<Name, tf.Scalar>>>,
  weights: Readonly<Record<Name, number>>,
): tf.Scalar {
  const parts = (Object.keys(terms) as Name[]).filter((name) => terms[name] && weights[name] !== 0)
  return parts
    .map((name) => terms[name]!.mul<tf.Scalar>(weights[name]))
    .reduce((sum, part) => sum.add(part), tf.scalar(0))
}
