import { DataError, ShapeError } from "@ifnormal/core"
import { type Matrix, mirror, zeros } from "../linalg/matrix.js"
import { addProduct } from "../linalg/product.js"
import { checkDimensions, checkFeatures, type FeatureMatrix } from "./feature-matrix.js"

/** Mean and covariance of a set of feature vectors. */
export interface Gaussian {
  /** Number of images that they rest on, where it is known. */
  readonly length?: number
  readonly dimensions: number
  /** [d] */
  readonly mean: Float64Array
  /** [d, d] symmetric, divided by n - 1. */
  readonly covariance: Matrix
}

/** Rows that are added at a time: as many as `addProduct` multiplies at a time. */
const batch = 256

/**
 * Mean and covariance in float64 of features that come in batches of any size; memory d^2, whatever n is. Batches of 256
 * images are centered on their own mean and merged (Chan, Golub and LeVeque 1983), so nothing cancels where means are
 * large: equal to numpy.cov to 1e-12.
 */
export class GaussianAccumulator {
  private readonly mean: Float64Array
  /** Sum of (x - mean)(x - mean)^T, on and below the diagonal. */
  private readonly products: Matrix
  private readonly waiting: Float64Array
  private held = 0
  private merged = 0

  /** @param dimensions length d of a feature vector */
  constructor(readonly dimensions: number) {
    this.mean = new Float64Array(dimensions)
    this.products = zeros(dimensions, dimensions)
    this.waiting = new Float64Array(batch * dimensions)
  }

  /** Number of images so far. */
  get length(): number {
    return this.merged + this.held
  }

  /** @throws as `checkFeatures`; ShapeError "metric-dimensions" */
  add(features: FeatureMatrix): void {
    if (features.length === 0) return
    checkFeatures(features, "images")
    checkDimensions(this, features)
    const { dimensions: d } = this
    for (let row = 0; row < features.length; ) {
      const count = Math.min(batch - this.held, features.length - row)
      this.waiting.set(features.data.subarray(row * d, (row + count) * d), this.held * d)
      this.held += count
      row += count
      if (this.held === batch) this.merge()
    }
  }

  /** @throws DataError "metric-empty" without images, "metric-few" with one, whose covariance is undefined */
  result(): Gaussian {
    this.merge()
    const { merged: n, dimensions } = this
    if (n < 2)
      throw new DataError({
        code: n === 0 ? "metric-empty" : "metric-few",
        message: `Found ${n} images, expected at least 2: the covariance of fewer is undefined.`,
        next: "Add images.",
      })
    const covariance = { ...this.products, data: this.products.data.map((sum) => sum / (n - 1)) }
    mirror(covariance)
    return { length: n, dimensions, mean: this.mean.slice(), covariance }
  }

  private merge(): void {
    const { waiting, held: count, merged, mean, products, dimensions: d } = this
    if (count === 0) return
    const own = centered(waiting, count, d)
    const rows = { data: waiting, at: 0, row: 1, column: d }
    addProduct({ data: products.data, at: 0, row: d }, 1, rows, rows, [d, d, count], true)
    const total = merged + count
    const weight = (merged * count) / total
    for (let i = 0; i < d; i++) own[i]! -= mean[i]!
    if (weight > 0)
      for (let i = 0; i < d; i++)
        for (let j = 0; j <= i; j++) products.data[i * d + j]! += weight * own[i]! * own[j]!
    for (let i = 0; i < d; i++) mean[i]! += (own[i]! * count) / total
    this.merged = total
    this.held = 0
  }
}

/** Subtracts the rows' mean from them. @returns the mean */
export function centered(rows: Float64Array, count: number, dimensions: number): Float64Array {
  const mean = new Float64Array(dimensions)
  // Twice: the second mean is what rounding left of the first, which matters where all images are equal.
  for (let pass = 0; pass < 2; pass++) {
    const rest = new Float64Array(dimensions)
    for (let r = 0; r < count; r++) for (let i = 0; i < dimensions; i++) rest[i]! += rows[r * dimensions + i]!
    for (let i = 0; i < dimensions; i++) rest[i]! /= count
    for (let r = 0; r < count; r++) for (let i = 0; i < dimensions; i++) rows[r * dimensions + i]! -= rest[i]!
    for (let i = 0; i < dimensions; i++) mean[i]! += rest[i]!
  }
  return mean
}

/** Refuses a mean and covariance that are none. @throws ShapeError "metric-length", DataError "metric-nan" */
export function checkGaussian({ dimensions: d, mean, covariance }: Gaussian, what: string): void {
  if (mean.length !== d || covariance.data.length !== d * d)
    throw new ShapeError({
      code: "metric-length",
      message: `The ${what} have a mean of ${mean.length} and a covariance of ${covariance.data.length} numbers, expected ${d} and ${d} x ${d}.`,
      next: "Check the file that they come from.",
    })
  if (!mean.every(Number.isFinite) || !covariance.data.every(Number.isFinite))
    throw new DataError({
      code: "metric-nan",
      message: `The mean or covariance of the ${what} holds NaN or Infinity; expected finite numbers.`,
      next: "Make them again from features that are finite.",
    })
}
