import { Pace, type PaceOptions } from "../linalg/pace.js"
import { checkDimensions, checkFeatures, type FeatureMatrix } from "./feature-matrix.js"
import { type Kernels, kernelMatrices, type Rows } from "./kernel.js"
import { NumpyRandom } from "./numpy-random.js"

export interface KidOptions extends PaceOptions {
  /** Number of subsets, default 100. */
  readonly subsets?: number
  /** Images of each set in a subset, default 1000, at most as many as the smaller set has. */
  readonly subsetSize?: number
  /** Seed of the draws, default 2020 (torch-fidelity's). */
  readonly seed?: number
}

export interface Kid {
  /** Mean over subsets; slightly below 0 is a usual value of two equal distributions. */
  readonly value: number
  /** Standard deviation over subsets, divided by their number; 0 where there is one subset of all images. */
  readonly std: number
  readonly subsets: number
  /** Images per subset and set; "all" where every image of both sets is in the one subset. */
  readonly subsetSize: number | "all"
}

/** Numbers of kernel matrices that are kept, 200 MB: beyond, each subset has its own. */
const most = 25e6

/**
 * Kernel inception distance (Binkowski et al. 2018): the unbiased squared maximum mean discrepancy with the kernel
 * (<x, y> / d + 1)^3, mean over subsets as torch-fidelity, with the same draws (NumPy's RandomState). Unlike FID it has
 * no bias in the number of images, so that it is the number to quote for fewer than 2048. Where neither set has more
 * images than a subset, all images are used once (torch-fidelity refuses fewer than 1000); float64 where torch-fidelity
 * multiplies in the features' float32, which leaves its KID some 4 digits.
 * @throws DataError "metric-empty", "metric-few" for one image, "metric-nan"; ShapeError "metric-length",
 * "metric-dimensions"; the signal's reason
 */
export async function kid(a: FeatureMatrix, b: FeatureMatrix, options: KidOptions = {}): Promise<Kid> {
  const { subsets = 100, subsetSize = 1000, seed = 2020 } = options
  checkPair(a, b)
  const all = Math.max(a.length, b.length) <= subsetSize
  const size = Math.min(subsetSize, a.length, b.length)
  const whole = all || fits(a, b)
  const pace = new Pace(options, whole ? kernelWork(a, b) : subsets * 2 * size ** 2 * a.dimensions)
  const kernels = whole ? await kernelMatrices(a, b, pace) : undefined
  if (all) return { value: discrepancy(kernels!), std: 0, subsets: 1, subsetSize: "all" }
  const random = new NumpyRandom(seed)
  const values = new Float64Array(subsets)
  for (let i = 0; i < subsets; i++) {
    const [rowsA, rowsB] = [random.choice(a.length, size), random.choice(b.length, size)]
    values[i] = kernels
      ? discrepancy(kernels, rowsA, rowsB)
      : discrepancy(await kernelMatrices(pick(a, rowsA), pick(b, rowsB), pace))
    await pace.advance(0)
  }
  const value = values.reduce((sum, v) => sum + v, 0) / subsets
  const std = Math.sqrt(values.reduce((sum, v) => sum + (v - value) ** 2, 0) / subsets)
  return { value, std, subsets, subsetSize: size }
}

/** Whether the kernel matrices of both sets are small enough to be kept. */
export function fits(a: FeatureMatrix, b: FeatureMatrix): boolean {
  return a.length ** 2 + a.length * b.length + b.length ** 2 <= most
}

/** @throws as `kid` */
export function checkPair(a: FeatureMatrix, b: FeatureMatrix): void {
  for (const [set, what] of [
    [a, "first set"],
    [b, "second set"],
  ] as const)
    checkFeatures(set, what, 2, "the unbiased estimate compares images of a set with each other")
  checkDimensions(a, b)
}

/** Multiplications behind the kernel matrices. */
export function kernelWork(a: FeatureMatrix, b: FeatureMatrix): number {
  return (a.length ** 2 / 2 + a.length * b.length + b.length ** 2 / 2) * a.dimensions
}

/** The unbiased squared discrepancy of the rows named, all by default. */
function discrepancy({ aa, ab, bb }: Kernels, rowsA?: Int32Array, rowsB?: Int32Array): number {
  const [a, b] = [rowsA ?? all(aa.rows), rowsB ?? all(bb.rows)]
  const [n, m] = [a.length, b.length]
  let cross = 0
  for (const i of a) for (const j of b) cross += ab.data[i * ab.columns + j]!
  return (2 * below(aa, a)) / (n * (n - 1)) + (2 * below(bb, b)) / (m * (m - 1)) - (2 * cross) / (n * m)
}

/** Sum over pairs of different rows, each pair once. */
function below({ data, columns }: Kernels["aa"], rows: Int32Array): number {
  let sum = 0
  for (let p = 1; p < rows.length; p++) {
    const at = rows[p]! * columns
    for (let q = 0; q < p; q++) sum += data[at + rows[q]!]!
  }
  return sum
}

const all = (n: number) => Int32Array.from({ length: n }, (_, i) => i)

function pick({ data, dimensions }: FeatureMatrix, rows: Rows): FeatureMatrix {
  const picked = new Float32Array(rows.length * dimensions)
  rows.forEach((row, i) => {
    picked.set(data.subarray(row * dimensions, (row + 1) * dimensions), i * dimensions)
  })
  return { data: picked, length: rows.length, dimensions }
}
