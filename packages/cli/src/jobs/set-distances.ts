import { IfnormalError } from "@ifnormal/core"
import {
  type BootstrapOptions,
  bootstrapFields,
  coverage,
  density,
  type FeatureMatrix,
  frechetDistance,
  frechetInterval,
  kid,
  kidInterval,
  meanInterval,
  type NeighborShare,
  precision,
  type RecenteredInterval,
  recall,
} from "@ifnormal/metrics"
import type { FolderFeatures } from "./image-features.js"

/** One number about two sets of images, with what is needed to quote it. */
export interface SetDistance {
  readonly name: "FID" | "KID" | "precision" | "recall" | "density" | "coverage"
  /** NaN when skipped. */
  readonly value: number
  readonly counts: { readonly generated: number; readonly real: number }
  readonly recipe: string
  readonly interval?: readonly [low: number, high: number]
  readonly level?: number
  readonly seed?: number
  readonly draws?: number
  /** Why there is no interval. */
  readonly withoutInterval?: string
  /** Of KID: standard deviation over its subsets, their number and size. */
  readonly std?: number
  readonly subsets?: number
  readonly subsetSize?: number | "all"
  readonly skipped?: string
}

export interface DistanceOptions {
  /** Recipe of the features. */
  readonly recipe: string
  /** Seed of the bootstrap and of KID's subsets; default 1, and 2020 (torch-fidelity's). */
  readonly seed?: number
  readonly signal: AbortSignal
}

/**
 * FID, KID, precision, recall, density and coverage of features of two sets.
 * @throws DataError "metric-few" for a set of one image
 */
export async function setDistances(
  generated: FeatureMatrix,
  real: FeatureMatrix,
  { recipe, seed, signal }: DistanceOptions,
): Promise<SetDistance[]> {
  const counts = { generated: generated.length, real: real.length }
  const common = { counts, recipe }
  const bootstrap = seed === undefined ? {} : { seed }
  const fid = await frechetDistance(generated, real, { signal })
  const fidInterval = await frechetInterval(generated, real, fid, bootstrap)
  const { value, ...subsets } = await kid(generated, real, { signal, ...bootstrap })
  const kidDraws = await kidInterval(generated, real, bootstrap)
  const shares: SetDistance[] = []
  for (const [name, share] of Object.entries({ precision, recall, density, coverage }))
    shares.push({
      name: name as SetDistance["name"],
      ...common,
      ...(await shareOf(() => share(generated, real, { signal }), bootstrap)),
    })
  return [
    { name: "FID", value: fid, ...common, ...found(fidInterval) },
    { name: "KID", value, ...common, ...subsets, ...found(kidDraws) },
    ...shares,
  ]
}

const found = (interval: RecenteredInterval) =>
  "missing" in interval ? { withoutInterval: interval.missing } : interval

/** The mean with its bootstrap interval, or why there is none: too few images to have a k-th neighbor. */
async function shareOf(
  compute: () => Promise<NeighborShare>,
  bootstrap: BootstrapOptions,
): Promise<Pick<SetDistance, "value" | "interval" | "skipped">> {
  try {
    const { value, each } = await compute()
    return { value, interval: meanInterval(each, bootstrap), ...bootstrapFields(bootstrap) }
  } catch (error) {
    if (!IfnormalError.isInstance(error) || error.code !== "metric-neighbors") throw error
    return { value: Number.NaN, skipped: error.message }
  }
}

/** What a reader of the numbers has to know. */
export function distanceWarnings(generated: FolderFeatures, real: FolderFeatures): string[] {
  const sets = [generated, real]
  const { dimensions } = real.features
  const fewest = Math.min(...sets.map(({ features }) => features.length))
  const sum = (count: "gray" | "alpha" | "turned") => sets.reduce((total, set) => total + set[count], 0)
  const [gray, alpha, turned] = [sum("gray"), sum("alpha"), sum("turned")]
  const sizes = (set: FolderFeatures) =>
    set.sizes.length > 3 ? `${set.sizes.length} sizes` : set.sizes.join(", ")
  return [
    fewest <= dimensions &&
      `Fewer images (${fewest}) than features (${dimensions}): the covariance is singular and FID biased upward. Quote KID.`,
    gray > 0 && `${images(gray)} gray: repeated over three channels, so that color is not judged.`,
    alpha > 0 &&
      `${images(alpha)} put on black, since they have an alpha channel. Libraries that read with Pillow drop alpha instead and see other pixels.`,
    turned > 0 &&
      `${images(turned)} turned as the EXIF orientation says. Libraries that read with Pillow leave them lying.`,
    sizes(generated) !== sizes(real) &&
      `Sizes differ (${sizes(generated)} and ${sizes(real)}; height x width): resolution is part of the distance.`,
    generated.folder === real.folder && "Both folders are the same one.",
  ].filter((warning) => warning !== false)
}

const images = (n: number) => (n === 1 ? "1 image is" : `${n} images are`)
