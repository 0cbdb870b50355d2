import * as tf from "@tensorflow/tfjs-core"
import { compiled } from "../compiled.js"
import type { Detector } from "../contract/detector.js"
import { ConfigError } from "../contract/errors.js"
import { type Baseline, baselineOf } from "./baseline.js"
import { buckets } from "./bucket.js"
import { checkRange, checkShape } from "./input.js"
import { occlusionMaps } from "./occlusion.js"

/** Ways to say where an image's score comes from. */
export type AttributionKind = "gradient" | "integrated-gradients" | "occlusion" | "anomaly-map"
export const attributionKinds: readonly AttributionKind[] = [
  "gradient",
  "integrated-gradients",
  "occlusion",
  "anomaly-map",
]

export interface AttributionOptions {
  /** Points on the path of integrated gradients (Sundararajan et al. 2017), midpoint rule. Default 32. */
  readonly steps?: number
  /** Side of the occluding square in pixels. Default an eighth of the longer side. */
  readonly patch?: number
  /** Pixels between squares. Default half of `patch`. */
  readonly stride?: number
  /** Where integrated gradients start and what occludes: a color in [0, 1], or "blur". Default 0 for paths, "blur" for squares. */
  readonly baseline?: Baseline
  /** "phi" or, where that saturates, "raw": the function that is attributed. Default "raw" for gradients, "phi" else. */
  readonly of?: "phi" | "raw"
  /** `scale` is this quantile of all pixels of all maps, as FCDD displays its heatmaps. Default 0.97. */
  readonly quantile?: number
  /** Images in one call of the detector. Default 16. */
  readonly batchSize?: number
  /** Stops between calls; images that are not done are left out. */
  readonly signal?: AbortSignal
}

/** Heatmaps of one kind. */
export interface Attribution {
  readonly kind: AttributionKind
  /** Per image [height * width], at least 0, higher is more anomalous. */
  readonly maps: readonly Float32Array[]
  /**
   * Per image [height * width] before negative parts were cut, channels summed: integrated gradients add up to the score
   * minus that of the baseline.
   */
  readonly signed: readonly Float32Array[]
  /** The value that is shown at full strength, the same for all images: maps can be compared. */
  readonly scale: number
}

/**
 * Where the score of each image comes from. Gradient: absolute values of the gradient, summed over
 * channels (Simonyan et al. 2014).
 * Integrated gradients and occlusion: the parts that raise the score. Anomaly map: the detector's own.
 * @param images [n, height, width, channels] in [0, 1]
 * @throws ConfigError "attribution-unavailable" when the detector cannot give this kind, "config-invalid" for an option
 * out of range; ShapeError "shape-images", DataError "data-range"
 */
export async function attribute(
  images: tf.Tensor4D,
  detector: Detector,
  options: AttributionOptions & { readonly kind: AttributionKind },
): Promise<Attribution> {
  const { kind, quantile = 0.97, batchSize = 16, signal } = options
  checkShape(images, detector.inputShape, "The detector")
  const reason = unavailable(detector, kind)
  if (reason !== undefined)
    throw new ConfigError({
      code: "attribution-unavailable",
      message: `Attribution "${kind}" ${reason}`,
      next: `Kinds that this detector gives: ${availableAttributions(detector).join(", ")}.`,
    })
  check(options)
  const make = mapsOf(detector, kind, options)
  const signed: Float32Array[] = []
  for await (const { x, n } of buckets(images, batchSize)) {
    if (signal?.aborted) break
    checkRange(Float32Array.from(await x.data()), detector.inputShape, signed.length)
    signed.push(...(await make(x)).slice(0, n))
  }
  const sign = kind === "gradient" ? Math.abs : (value: number) => Math.max(0, value)
  const maps = signed.map((map) => map.map(sign))
  return { kind, maps, signed, scale: scaleOf(maps, quantile) }
}

/**
 * Several kinds of heatmaps of the same images: with `explain`, the paper's figure 9.
 * @param kinds default all that the detector can give
 * @throws as `attribute`
 */
export async function attributions(
  images: tf.Tensor4D,
  detector: Detector,
  kinds: readonly AttributionKind[] = availableAttributions(detector),
  options: AttributionOptions = {},
): Promise<Attribution[]> {
  const made: Attribution[] = []
  for (const kind of kinds) made.push(await attribute(images, detector, { ...options, kind }))
  return made
}

/** The kinds that a detector can give. Occlusion needs scores only. */
export function availableAttributions(detector: Detector): AttributionKind[] {
  return attributionKinds.filter((kind) => unavailable(detector, kind) === undefined)
}

function unavailable(detector: Detector, kind: AttributionKind): string | undefined {
  if (kind === "anomaly-map" && !detector.anomalyMap)
    return "needs a detector with an anomaly map; this one has none."
  if ((kind === "gradient" || kind === "integrated-gradients") && detector.gradients === "none")
    return 'needs a detector with gradients "exact"; this one has "none".'
  return undefined
}

type Maps = (x: tf.Tensor4D) => Promise<Float32Array[]>

function mapsOf(detector: Detector, kind: AttributionKind, options: AttributionOptions): Maps {
  if (kind === "occlusion") return (x) => occlusionMaps(x, detector, options)
  if (kind === "anomaly-map")
    return async (x) => {
      const map = await (detector.anomalyMap as NonNullable<Detector["anomalyMap"]>)(x)
      checkShape(map, [x.shape[1], x.shape[2], 1], "The anomaly map")
      return take(map)
    }
  const score = (x: tf.Tensor4D) =>
    (options.of ?? "raw") === "raw" ? detector.rawScore(x) : detector.score(x)
  // The sum over the batch: an image's score depends on no other image, so its gradient is its own.
  const gradient = compiled((x: tf.Tensor4D) => tf.grad((y: tf.Tensor) => tf.sum(score(y as tf.Tensor4D)))(x))
  if (kind === "gradient")
    return async (x) => {
      const slope = gradient(x)
      return take(tf.tidy(() => tf.sum(slope, 3))).finally(() => slope.dispose())
    }
  return (x) => integrated(x, gradient, options)
}

/** (x - baseline) times the mean gradient along the way from the baseline to x, channels summed. */
async function integrated(
  x: tf.Tensor4D,
  gradient: (x: tf.Tensor4D) => tf.Tensor,
  { steps = 32, baseline = 0 }: AttributionOptions,
): Promise<Float32Array[]> {
  const start = baselineOf(x, baseline)
  let sum: tf.Tensor = tf.zerosLike(x)
  for (let i = 0; i < steps; i++) {
    const share = tf.scalar((i + 0.5) / steps)
    const point = tf.tidy(() => tf.add(start, tf.mul(tf.sub(x, start), share)) as tf.Tensor4D)
    const slope = gradient(point)
    const next = tf.tidy(() => tf.add(sum, slope))
    // Read now and then, so that a lazy engine does not keep the whole path.
    await next.data()
    tf.dispose([share, point, slope, sum])
    sum = next
  }
  const map = tf.tidy(() => tf.sum(tf.mul(tf.sub(x, start), tf.div(sum, steps)), 3))
  tf.dispose([start, sum])
  return take(map)
}

/** Reads maps, [n, ...], one array each, and frees them. */
async function take(maps: tf.Tensor): Promise<Float32Array[]> {
  const values = (await maps.data()) as Float32Array
  const n = maps.shape[0] as number
  const size = values.length / Math.max(1, n)
  const rows = Array.from({ length: n }, (_, i) => values.slice(i * size, (i + 1) * size))
  maps.dispose()
  return rows
}

/** The quantile of all pixels; their maximum where that is 0, 1 where all are 0. */
function scaleOf(maps: readonly Float32Array[], quantile: number): number {
  const size = maps.reduce((sum, map) => sum + map.length, 0)
  const all = new Float32Array(size)
  let at = 0
  for (const map of maps) {
    all.set(map, at)
    at += map.length
  }
  all.sort()
  return all[Math.floor(quantile * (size - 1))] || all[size - 1] || 1
}

function check({
  steps = 32,
  patch = 1,
  stride = 1,
  baseline = 0,
  quantile = 0.97,
}: AttributionOptions): void {
  const whole = (value: number) => Number.isInteger(value) && value >= 1
  const unit = (value: number) => value >= 0 && value <= 1
  const wrong = [
    ["steps", steps, whole(steps), "a whole number of at least 1"],
    ["patch", patch, whole(patch), "a whole number of at least 1"],
    ["stride", stride, whole(stride), "a whole number of at least 1"],
    ["baseline", baseline, baseline === "blur" || unit(baseline), 'a number from 0 to 1, or "blur"'],
    ["quantile", quantile, unit(quantile), "a number from 0 to 1"],
  ].find(([, , holds]) => !holds)
  if (wrong)
    throw new ConfigError({
      code: "config-invalid",
      message: `Option ${wrong[0]} found as ${wrong[1]}, expected ${wrong[3]}.`,
      next: `Change ${wrong[0]}.`,
    })
}
