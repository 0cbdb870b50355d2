import { DataError } from "@ifnormal/core"
import { Pace, type PaceOptions } from "../linalg/pace.js"
import { mean } from "../numbers.js"
import { eachRowOfDistances } from "./distances.js"
import { checkDimensions, checkFeatures, type FeatureMatrix } from "./feature-matrix.js"

export interface NeighborOptions extends PaceOptions {
  /** Which neighbor's distance is the radius of a ball, from 1; default 3 for precision and recall, 5 for the others. */
  readonly k?: number
}

/** A mean over images of one set, with the value of each. */
export interface NeighborShare {
  readonly value: number
  /** [n] one value per image. */
  readonly each: Float64Array
  readonly k: number
}

/**
 * Share of generated images inside a ball around some real image whose radius is the distance to that image's k-th
 * neighbor among the real ones, on its border included (improved precision, Kynkaanniemi et al. 2019; as torch-fidelity,
 * in float64). `each` is per generated image.
 * @throws DataError "metric-empty", "metric-few", "metric-nan", "metric-neighbors" when a set whose balls are drawn has no
 * k-th neighbor; ShapeError "metric-length", "metric-dimensions"; the signal's reason
 */
export async function precision(
  generated: FeatureMatrix,
  real: FeatureMatrix,
  options: NeighborOptions = {},
): Promise<NeighborShare> {
  return share(generated, real, options, 3, (distances, radii) =>
    distances.some((distance, j) => distance <= radii[j]!) ? 1 : 0,
  )
}

/** `precision` the other way round: share of real images inside a ball around some generated one, `each` per real image. */
export async function recall(
  generated: FeatureMatrix,
  real: FeatureMatrix,
  options: NeighborOptions = {},
): Promise<NeighborShare> {
  return precision(real, generated, options)
}

/**
 * How many balls around real images hold a generated one, divided by k, mean over generated images: precision that an
 * outlier among the real images does not inflate; may exceed 1 (Naeem et al. 2020; as the prdc package, border excluded).
 * @throws as `precision`
 */
export async function density(
  generated: FeatureMatrix,
  real: FeatureMatrix,
  options: NeighborOptions = {},
): Promise<NeighborShare> {
  const k = options.k ?? 5
  return share(generated, real, options, 5, (distances, radii) => {
    let inside = 0
    for (let j = 0; j < distances.length; j++) if (distances[j]! < radii[j]!) inside++
    return inside / k
  })
}

/**
 * Share of real images whose ball holds a generated image, `each` per real image (Naeem et al. 2020; as the prdc package,
 * border excluded).
 * @throws as `precision`
 */
export async function coverage(
  generated: FeatureMatrix,
  real: FeatureMatrix,
  options: NeighborOptions = {},
): Promise<NeighborShare> {
  const k = options.k ?? 5
  const pace = start(real, generated, real, k, options)
  const radii = await radiiOf(real, k, pace)
  const each = new Float64Array(real.length)
  await eachRowOfDistances(real, generated, pace, (i, distances) => {
    each[i] = distances.some((distance) => distance < radii[i]!) ? 1 : 0
  })
  return { value: mean(each), each, k }
}

async function share(
  of: FeatureMatrix,
  balls: FeatureMatrix,
  options: NeighborOptions,
  usual: number,
  measure: (distances: Float64Array, radii: Float64Array) => number,
): Promise<NeighborShare> {
  const k = options.k ?? usual
  const pace = start(of, balls, balls, k, options)
  const radii = await radiiOf(balls, k, pace)
  const each = new Float64Array(of.length)
  await eachRowOfDistances(of, balls, pace, (i, distances) => {
    each[i] = measure(distances, radii)
  })
  return { value: mean(each), each, k }
}

/** Squared distance of each image to its k-th neighbor in its own set. */
async function radiiOf(set: FeatureMatrix, k: number, pace: Pace): Promise<Float64Array> {
  const radii = new Float64Array(set.length)
  const nearest = new Float64Array(k)
  await eachRowOfDistances(set, set, pace, (i, distances) => {
    nearest.fill(Number.POSITIVE_INFINITY)
    for (let j = 0; j < distances.length; j++) {
      const distance = distances[j]!
      if (j === i || distance >= nearest[k - 1]!) continue
      let place = k - 1
      for (; place > 0 && nearest[place - 1]! > distance; place--) nearest[place] = nearest[place - 1]!
      nearest[place] = distance
    }
    radii[i] = nearest[k - 1]!
  })
  return radii
}

function start(
  a: FeatureMatrix,
  b: FeatureMatrix,
  balls: FeatureMatrix,
  k: number,
  options: PaceOptions,
): Pace {
  checkFeatures(a, "first set")
  checkFeatures(b, "second set")
  checkDimensions(a, b)
  if (!Number.isInteger(k) || k < 1 || k >= balls.length)
    throw new DataError({
      code: "metric-neighbors",
      message: `Neighbor ${k} of ${balls.length} images was asked for, expected a whole number from 1 to ${balls.length - 1}.`,
      next: "Lower k, or add images.",
    })
  return new Pace(options, (a.length * b.length + balls.length ** 2) * a.dimensions)
}
