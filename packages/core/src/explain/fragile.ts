import * as tf from "@tensorflow/tfjs-core"
import type { Detector } from "../contract/detector.js"
import { ConfigError } from "../contract/errors.js"
import type { Image, ImageShape } from "../contract/images.js"
import { stream } from "../random.js"
import { gaussianBlur } from "./blur.js"
import { buckets } from "./bucket.js"
import { checkShape } from "./input.js"
import { scoreImages } from "./score.js"

/**
 * When a valid counterfactual is stamped "fragile". All our choice. The strengths are such that real images keep their
 * validity: docs/guide/instant-explanations.md has the measured shares.
 */
export interface FragilityOptions {
  /** Standard deviation of the Gaussian noise. Default 0.008, two gray levels of 256. */
  readonly noise?: number
  /** Noisy copies; most of them must stay near the target. Default 5. */
  readonly draws?: number
  /** Standard deviation of the blur in pixels; the blurred copy must stay near the target. Default 0.5; 0 leaves it out. */
  readonly blur?: number
  /** How much further from the target than `tolerance` a changed copy may score. Default 0.1. */
  readonly slack?: number
  /**
   * Another detector of the same images. It must score the counterfactual within 0.5 of the target: on the same side;
   * two detectors rarely agree on more.
   */
  readonly second?: Detector | undefined
  /** Of the noise. Default 0. */
  readonly seed?: number
}

/** What is looked at. */
export interface Suspect {
  readonly image: Image
  /** Target score. */
  readonly alpha: number
}

/** Images in one call. */
const BATCH = 64

/** How far from the target the second detector may be. */
const SIDE = 0.5

/**
 * Tests whether scores near the target survive a change that no person would see.
 * @param tolerance largest abs(phi - alpha) of a valid counterfactual
 * @returns per suspect the sentence that says under what it failed, undefined where it holds
 * @throws ConfigError "config-invalid" for an option out of range, ShapeError "shape-images" when the second detector
 * takes other images
 */
export async function fragility(
  suspects: readonly Suspect[],
  detector: Detector,
  tolerance: number,
  options: FragilityOptions = {},
): Promise<(string | undefined)[]> {
  const { noise = 0.008, draws = 5, blur = 0.5, slack = 0.1, second, seed = 0 } = options
  for (const [name, value] of Object.entries({ noise, draws, blur, slack }))
    if (!(value >= 0))
      throw new ConfigError({
        code: "config-invalid",
        message: `Option ${name} of the test for fragility found as ${value}, expected at least 0.`,
        next: `Change ${name}.`,
      })
  const first = suspects[0]
  if (!first) return []
  const shape = first.image.shape
  const images = suspects.map(({ image }) => image.data)
  const changed: Float32Array[] = Array.from({ length: draws }, (_, i) =>
    noisy(shape, noise, seed, i),
  ).flatMap((draw) =>
    images.map((image) => Float32Array.from(image, (value, j) => clip(value + (draw[j] as number)))),
  )
  if (blur > 0) changed.push(...(await blurred(images, shape, blur)))
  const phi = await scores(changed, shape, detector)
  const others = second && (await scores(images, shape, second))
  const n = suspects.length
  const limit = tolerance + slack
  return suspects.map(({ alpha }, i) => {
    const off = (score: number) => Math.abs(score - alpha)
    const noisyScores = Array.from({ length: draws }, (_, d) => phi[d * n + i] as number)
    const missed = noisyScores.filter((score) => off(score) > limit)
    if (missed.length > draws / 2)
      return `Fragile: ${missed.length} of ${draws} copies with noise of ${noise} miss the target, one scores ${missed[0]?.toFixed(2)}.`
    const soft = blur > 0 ? (phi[draws * n + i] as number) : alpha
    if (off(soft) > limit) return `Fragile: blurred by ${blur} pixels it scores ${soft.toFixed(2)}.`
    const other = others?.[i] ?? alpha
    if (off(other) > SIDE) return `Fragile: the second detector scores it ${other.toFixed(2)}.`
    return undefined
  })
}

function noisy(shape: ImageShape, noise: number, seed: number, draw: number): Float32Array {
  const random = stream(seed, "fragility", draw)
  return Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, () => noise * random.normal())
}

async function blurred(
  images: readonly Float32Array[],
  shape: ImageShape,
  sigma: number,
): Promise<Float32Array[]> {
  const size = shape[0] * shape[1] * shape[2]
  const all = batch(images, shape)
  const made: Float32Array[] = []
  // In buckets, as everything whose number of images changes: an engine compiles a graph for each size.
  for await (const { x, n } of buckets(all, BATCH)) {
    const soft = gaussianBlur(x, sigma)
    const values = (await soft.data()) as Float32Array
    soft.dispose()
    for (let i = 0; i < n; i++) made.push(values.slice(i * size, (i + 1) * size).map(clip))
  }
  all.dispose()
  return made
}

async function scores(images: readonly Float32Array[], shape: ImageShape, detector: Detector) {
  const x = batch(images, shape)
  try {
    checkShape(x, detector.inputShape, "The second detector")
    return (await scoreImages(x, detector, BATCH)).phi
  } finally {
    x.dispose()
  }
}

function batch(images: readonly Float32Array[], shape: ImageShape): tf.Tensor4D {
  const size = shape[0] * shape[1] * shape[2]
  const all = new Float32Array(images.length * size)
  for (const [i, image] of images.entries()) all.set(image, i * size)
  return tf.tensor4d(all, [images.length, ...shape])
}

const clip = (value: number): number => Math.min(1, Math.max(0, value))
