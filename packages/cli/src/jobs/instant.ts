import {
  type Counterfactual,
  type CounterfactualGenerator,
  type CounterfactualStatus,
  createGenerator,
  type Detector,
  explain,
  type Image,
  type ImageSource,
  type Registry,
  trainingData,
} from "@ifnormal/core"
import type * as tf from "@tensorflow/tfjs-core"
import type { InstantName } from "../instant-names.js"
import type { Limits } from "./limits.js"
import { type MaskShare, shareInside } from "./masks.js"

/** A generator that needs no training, ready for one detector. */
export interface InstantGenerator {
  readonly name: InstantName
  readonly generator: CounterfactualGenerator
}

/** What one image can get. */
export interface InstantRequest {
  readonly detector: Detector
  readonly registry: Registry
  readonly normal: ImageSource
  /** Default: gradient where the detector has gradients, search otherwise, and nearest beside it. */
  readonly names?: readonly InstantName[]
  readonly concepts: number
  /** Seconds for each image. */
  readonly budget?: number
  /** How far from alpha a counterfactual may score; the search keeps a little inside. */
  readonly tolerance: number
  readonly seed: number
}

/** Searches keep this share of the tolerance as reserve, so that rounding does not decide a stamp. */
const RESERVE = 0.8

/**
 * Makes the generators; each is shown the normal images.
 * @throws ConfigError "detector-gradients" for "gradient" with a detector without
 */
export async function instantGenerators(request: InstantRequest): Promise<InstantGenerator[]> {
  const { detector, registry, normal, concepts, budget, seed } = request
  const best: InstantName = detector.gradients === "exact" ? "gradient" : "search"
  const made: InstantGenerator[] = []
  for (const name of request.names ?? [best, "nearest"]) {
    const search = {
      tolerance: RESERVE * request.tolerance,
      ...(budget !== undefined && { seconds: budget }),
    }
    const options = { concepts, ...(name !== "nearest" && search) }
    const generator = await createGenerator(registry, { type: name, options }, { detector, seed })
    await generator.fit(trainingData(normal), { steps: 1, batchSize: 32, learningRate: 0, seed })
    made.push({ name, generator })
  }
  return made
}

/** A counterfactual of one of several generators. */
export interface OwnCounterfactual extends Counterfactual {
  readonly generator: InstantName
  readonly seconds: number
  readonly inside: MaskShare
}

/** An image with the counterfactuals of all generators. */
export interface OwnExplanation {
  readonly file: string
  readonly image: Image
  readonly score: number
  readonly counterfactuals: readonly OwnCounterfactual[]
}

export interface ExplainOne {
  readonly detector: Detector
  readonly second?: Detector
  readonly generators: readonly InstantGenerator[]
  readonly limits: Limits
  readonly alpha: number
  readonly signal: AbortSignal
}

/**
 * Explains one image by every generator.
 * @param images [1, height, width, channels]
 * @param mask [height * width] widened mask
 * @returns undefined when the signal came before anything was found
 */
export async function explainOne(
  file: string,
  images: tf.Tensor4D,
  mask: Uint8Array | undefined,
  { detector, second, generators, limits, alpha, signal }: ExplainOne,
): Promise<OwnExplanation | undefined> {
  const counterfactuals: OwnCounterfactual[] = []
  let seen: { image: Image; score: number } | undefined
  for (const { name, generator } of generators) {
    const began = performance.now()
    const [found] = await explain(
      images,
      { detector, generator },
      { ...limits, alpha, signal, fragile: { second } },
    )
    if (!found) continue
    seen = { image: found.image, score: found.score }
    const seconds = (performance.now() - began) / 1000
    for (const made of found.counterfactuals)
      counterfactuals.push({
        ...made,
        generator: name,
        seconds,
        inside: mask ? shareInside(found.image, made.image, mask) : {},
      })
  }
  return seen && { file, ...seen, counterfactuals }
}

const RANK: readonly CounterfactualStatus[] = ["valid", "fragile", "not-distinct", "too-far", "target-missed"]

/** The best counterfactual of one generator: by stamp, then the smallest change. */
export function bestOf(explanation: OwnExplanation, generator: InstantName): OwnCounterfactual | undefined {
  return explanation.counterfactuals
    .filter((made) => made.generator === generator)
    .sort((a, b) => RANK.indexOf(a.status) - RANK.indexOf(b.status) || a.distance - b.distance)[0]
}

/** What a generator reached on all images; counts are of the best counterfactual of each. */
export interface GeneratorSummary {
  readonly generator: InstantName
  readonly n: number
  readonly valid: number
  readonly fragile: number
  readonly missed: number
  /** Too far or not distinct. */
  readonly other: number
  /** Per image with a mask and a change: share of the best counterfactual's change inside the widened mask. */
  readonly energy: readonly number[]
  readonly absolute: readonly number[]
  /** Per image. */
  readonly seconds: readonly number[]
}

export function summarize(explanations: readonly OwnExplanation[], generator: InstantName): GeneratorSummary {
  const best = explanations.flatMap((explanation) => bestOf(explanation, generator) ?? [])
  const count = (...statuses: CounterfactualStatus[]) =>
    best.filter(({ status }) => statuses.includes(status)).length
  return {
    generator,
    n: best.length,
    valid: count("valid"),
    fragile: count("fragile"),
    missed: count("target-missed"),
    other: count("too-far", "not-distinct"),
    energy: best.flatMap(({ inside }) => inside.energy ?? []),
    absolute: best.flatMap(({ inside }) => inside.absolute ?? []),
    seconds: best.map(({ seconds }) => seconds),
  }
}
