import { type Matrix, trace } from "../linalg/matrix.js"
import { Pace, type PaceOptions } from "../linalg/pace.js"
import { checkDimensions, checkFeatures, type FeatureMatrix } from "./feature-matrix.js"
import { centered, checkGaussian, type Gaussian, GaussianAccumulator } from "./gaussian.js"
import { rootTrace, rootTraceWork, type Spread } from "./root-trace.js"

/**
 * Squared Frechet distance of two Gaussians, |mu1 - mu2|^2 + tr S1 + tr S2 - 2 tr (S1 S2)^(1/2) (Dowson and Landau 1982),
 * which FID is for features of Inception. float64 throughout, covariances divided by n - 1, no eps: with a symmetric
 * method there is a root for every covariance, so that pytorch-fid's 1e-6 on the diagonal, added where its root is not
 * finite, is never needed (scipy 1.17 does not need it either for fewer images than dimensions, for constant dimensions
 * and for constant images). torch-fidelity, pytorch-fid and torchmetrics give this number to 1e-6 for the same features.
 *
 * Sets of at most d images never build a d x d matrix: the root's trace is then the nuclear norm of the products of
 * their centered features. d = 2048 with more images than that takes some 8 seconds on one core. With few images the
 * value is biased upward, see `kid`.
 *
 * What remains of tr S1 + tr S2 - 2 tr (S1 S2)^(1/2) within d * 2^-52 of the traces, or below zero, is rounding of an
 * exact 0 and counts as 0; equal sets have the distance 0.
 * @param a, b features of at least two images each, or mean and covariance
 * @throws DataError "metric-empty", "metric-few" for one image, "metric-nan" for NaN or Infinity; ShapeError
 * "metric-length", "metric-dimensions"; the signal's reason
 */
export async function frechetDistance(
  a: FeatureMatrix | Gaussian,
  b: FeatureMatrix | Gaussian,
  options: PaceOptions = {},
): Promise<number> {
  checkSet(a, "first set")
  checkSet(b, "second set")
  checkDimensions(a, b)
  const d = a.dimensions
  const rows = (set: FeatureMatrix | Gaussian) => ("data" in set ? set.length : d)
  const accumulation = [a, b].reduce((sum, set) => sum + (rows(set) > d ? (rows(set) * d ** 2) / 2 : 0), 0)
  const pace = new Pace(options, accumulation + rootTraceWork(rows(a), rows(b), d))
  const first = await moments(a, pace)
  const second = await moments(b, pace)
  const root = await rootTrace(first.spread, second.spread, pace)
  let means = 0
  for (let i = 0; i < d; i++) means += (first.mean[i]! - second.mean[i]!) ** 2
  return means + spreadDistance(first.total, second.total, root, d)
}

/** tr S1 + tr S2 - 2 tr (S1 S2)^(1/2), rounding cut off. */
export function spreadDistance(trace1: number, trace2: number, root: number, dimensions: number): number {
  const rest = trace1 + trace2 - 2 * root
  return rest > dimensions * Number.EPSILON * (trace1 + trace2) ? rest : 0
}

interface Moments {
  readonly mean: Float64Array
  readonly spread: Spread
  /** Trace of the covariance. */
  readonly total: number
}

/** Features rather than a covariance as long as they are fewer. */
async function moments(set: FeatureMatrix | Gaussian, pace: Pace): Promise<Moments> {
  if ("covariance" in set)
    return { mean: set.mean, spread: { covariance: set.covariance }, total: trace(set.covariance) }
  const { length: n, dimensions: d, data } = set
  if (n > d) {
    const accumulator = new GaussianAccumulator(d)
    for (let row = 0; row < n; row += 256) {
      const length = Math.min(256, n - row)
      accumulator.add({ data: data.subarray(row * d, (row + length) * d), length, dimensions: d })
      await pace.advance((length * d ** 2) / 2)
    }
    return moments(accumulator.result(), pace)
  }
  const rows = Float64Array.from(data)
  const mean = centered(rows, n, d)
  const scale = 1 / Math.sqrt(n - 1)
  let total = 0
  for (let i = 0; i < rows.length; i++) {
    rows[i]! *= scale
    total += rows[i]! ** 2
  }
  const factor: Matrix = { rows: n, columns: d, data: rows }
  return { mean, spread: { factor }, total }
}

function checkSet(set: FeatureMatrix | Gaussian, what: string): void {
  if ("covariance" in set) checkGaussian(set, what)
  else checkFeatures(set, what, 2, "the covariance of one is undefined")
}
