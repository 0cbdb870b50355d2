import type * as tf from "@tensorflow/tfjs-core"
import type { Detector } from "../contract/detector.js"
import { ConfigError } from "../contract/errors.js"
import type { Counterfactual, CounterfactualStatus, Explanation } from "../contract/explanation.js"
import type { CounterfactualGenerator } from "../contract/generator.js"
import type { Image } from "../contract/images.js"
import { type Bucket, buckets } from "./bucket.js"
import { type FragilityOptions, fragility } from "./fragile.js"
import { generated } from "./generated.js"
import { split } from "./images.js"
import { checkRange, checkShape } from "./input.js"
import { meanDistance } from "./limits.js"
import { scoreBatch } from "./score.js"

/** A detector and the generator that was trained against it. */
export interface Model {
  readonly detector: Detector
  readonly generator: CounterfactualGenerator
}

/** When a counterfactual is stamped "valid". All our choice: the paper leaves the numbers open. */
export interface StampOptions {
  /** Largest abs(phi(counterfactual) - alpha). Default 0.25. */
  readonly tolerance?: number
  /** Largest mean L1 distance to the original. Default 0.25; `defaultLimits` derives it from normal images. */
  readonly eps?: number
  /** Smallest mean L1 distance to another concept's counterfactual. Default 0.01; `defaultLimits` as well. */
  readonly epsPrime?: number
  /** Images per call of the generator. Default 64; 1 for a generator that searches (`generateAll`). */
  readonly batchSize?: number
  /** Stops: the image at work keeps what was found until then, images not begun are left out of the result. */
  readonly signal?: AbortSignal
  /** Called after every image and concept with their number and that of all of them. */
  readonly onProgress?: (done: number, total: number) => void
}

export interface ExplainOptions extends StampOptions {
  /** Target score in [0, 1]. Default 0, normal. 1 asks what would make the image anomalous. */
  readonly alpha?: number
  /** Concepts in 0..K-1. Default all. Only those asked for are compared with each other. */
  readonly concepts?: readonly number[]
  /** How valid counterfactuals are tested for fragility. Default on; false leaves it out. */
  readonly fragile?: FragilityOptions | false
}

export const defaultTolerance = 0.25
export const defaultEps = 0.25
export const defaultEpsPrime = 0.01

/**
 * Counterfactuals G(x, alpha, k) of every image and concept (paper section 3), re-scored by the detector and stamped.
 * The result holds plain arrays, no tensors; `images` stays the caller's.
 * @param images [n, height, width, channels] in [0, 1]
 * @returns one explanation per image, its counterfactuals in the order of `concepts`
 * @throws ShapeError "shape-images" naming both shapes, DataError "data-range" for values that are NaN or outside [0, 1],
 * ConfigError "config-invalid" for an option out of range
 */
export async function explain(
  images: tf.Tensor4D,
  model: Model,
  options: ExplainOptions = {},
): Promise<Explanation[]> {
  const { alpha = 0, fragile = {}, ...rest } = options
  return counterfactuals(images, model, { ...rest, fragile, alphas: [alpha] })
}

/** Options of `counterfactuals`. */
export interface CounterfactualOptions extends Omit<ExplainOptions, "alpha"> {
  readonly alphas: readonly number[]
}

/**
 * As `explain`, for several targets, and without the test for fragility unless `fragile` asks for it.
 * @returns one explanation per image, its counterfactuals by concept, then in the order of `alphas`
 */
export async function counterfactuals(
  images: tf.Tensor4D,
  model: Model,
  options: CounterfactualOptions,
): Promise<Explanation[]> {
  const { detector, generator } = model
  checkShape(images, detector.inputShape, "The detector")
  checkShape(images, generator.inputShape, "The generator")
  const settings = checkOptions(options, generator)
  const explanations: Explanation[] = []
  for await (const bucket of buckets(images, settings.batchSize)) {
    if (settings.signal?.aborted) break
    const progress = counter(images.shape[0], explanations.length, bucket.n, settings)
    explanations.push(...(await explainBatch(bucket, model, settings, explanations.length, progress)))
  }
  return explanations
}

interface Settings {
  readonly tolerance: number
  readonly eps: number
  readonly epsPrime: number
  readonly batchSize: number
  readonly alphas: readonly number[]
  readonly concepts: readonly number[]
  readonly signal: AbortSignal | undefined
  readonly onProgress: StampOptions["onProgress"]
  readonly fragile: FragilityOptions | false
}

/** Tells `onProgress` of a bucket: each call is one more concept of its images at one more target. */
function counter(images: number, before: number, n: number, settings: Settings): (concepts?: number) => void {
  const { concepts, alphas, onProgress } = settings
  let done = before * concepts.length
  return (count = 1) => onProgress?.((done += (n * count) / alphas.length), images * concepts.length)
}

async function explainBatch(
  bucket: Bucket,
  model: Model,
  settings: Settings,
  firstImage: number,
  progress: (concepts?: number) => void,
): Promise<Explanation[]> {
  const shape = model.detector.inputShape
  const values = Float32Array.from(await bucket.x.data())
  checkRange(values, shape, firstImage)
  const images = split(values, shape, bucket.n)
  const { phi } = await scoreBatch(bucket.x, model.detector, bucket.n)

  const drafts: Draft[][] = images.map(() => [])
  for await (const { alpha, concept, made, scores, notes } of generated(bucket, model, settings, progress))
    for (const [i, image] of made.entries()) {
      const distance = meanDistance(image.data, (images[i] as Image).data)
      const note = notes?.[i]
      drafts[i]?.push({
        image,
        score: scores[i] as number,
        concept,
        alpha,
        distance,
        ...(note === undefined ? {} : { note }),
      })
    }
  const stamped = images.map((image, i) => ({
    image,
    score: phi[i] as number,
    counterfactuals: stamp(drafts[i] as Draft[], settings),
  }))
  return settings.fragile ? testFragility(stamped, model.detector, settings, settings.fragile) : stamped
}

type Draft = Omit<Counterfactual, "status">

/** Stamps valid counterfactuals that do not hold "fragile"; the sentence that says why goes to their note. */
async function testFragility(
  explanations: readonly Explanation[],
  detector: Detector,
  { tolerance }: Settings,
  options: FragilityOptions,
): Promise<Explanation[]> {
  const valid = explanations.flatMap(({ counterfactuals }) =>
    counterfactuals.filter(({ status }) => status === "valid"),
  )
  const notes = await fragility(valid, detector, tolerance, options)
  const failed = new Map(valid.map((made, i) => [made, notes[i]] as const))
  const judge = (made: Counterfactual): Counterfactual => {
    const why = failed.get(made)
    if (why === undefined) return made
    return { ...made, status: "fragile", note: made.note === undefined ? why : `${why} ${made.note}` }
  }
  return explanations.map((one) => ({ ...one, counterfactuals: one.counterfactuals.map(judge) }))
}

/** Gives every counterfactual of one image its status, the first that applies in the order of CounterfactualStatus. */
function stamp(drafts: readonly Draft[], settings: Settings): Counterfactual[] {
  const status = (draft: Draft): CounterfactualStatus => {
    // Negated, so that a NaN fails.
    if (!(Math.abs(draft.score - draft.alpha) <= settings.tolerance)) return "target-missed"
    if (!(draft.distance <= settings.eps)) return "too-far"
    const alike = drafts.some(
      (other) =>
        other.alpha === draft.alpha &&
        other.concept !== draft.concept &&
        meanDistance(other.image.data, draft.image.data) < settings.epsPrime,
    )
    return alike ? "not-distinct" : "valid"
  }
  return drafts.map((draft) => ({ ...draft, status: status(draft) }))
}

function checkOptions(options: CounterfactualOptions, generator: CounterfactualGenerator): Settings {
  const known = generator.concepts
  const {
    tolerance = defaultTolerance,
    eps = defaultEps,
    epsPrime = defaultEpsPrime,
    batchSize = generator.generateAll ? 1 : 64,
    alphas,
    concepts = Array.from({ length: known }, (_, k) => k),
  } = options
  const inUnit = (value: number) => value >= 0 && value <= 1
  for (const alpha of alphas) require("alpha", alpha, inUnit(alpha), "a number from 0 to 1")
  for (const concept of concepts)
    require("concepts", concept, Number.isInteger(concept) &&
      concept >= 0 &&
      concept < known, `whole numbers from 0 to ${known - 1}`)
  require("concepts", concepts.join(", "), new Set(concepts).size === concepts.length, "each concept once")
  require("tolerance", tolerance, tolerance >= 0, "a number of at least 0")
  require("eps", eps, eps >= 0, "a number of at least 0")
  require("epsPrime", epsPrime, epsPrime >= 0, "a number of at least 0")
  require("batchSize", batchSize, Number.isInteger(batchSize) &&
    batchSize >= 1, "a whole number of at least 1")
  const { signal, onProgress, fragile = false } = options
  return { tolerance, eps, epsPrime, batchSize, alphas, concepts, signal, onProgress, fragile }
}

function require(option: string, found: unknown, holds: boolean, expected: string): void {
  if (holds) return
  throw new ConfigError({
    code: "config-invalid",
    message: `Option ${option} found as ${found}, expected ${expected}.`,
    next: `Change ${option}.`,
  })
}
