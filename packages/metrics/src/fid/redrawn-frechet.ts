import { type Matrix, zeros } from "../linalg/matrix.js"
import { Pace } from "../linalg/pace.js"
import { addProduct } from "../linalg/product.js"
import { nuclearNorm } from "../linalg/singular-values.js"
import type { FeatureMatrix } from "./feature-matrix.js"
import { spreadDistance } from "./frechet.js"
import { rootTrace } from "./root-trace.js"

/** The Frechet distance of sets in which each image occurs as often as it was drawn. */
export interface RedrawnFrechet {
  /** Multiplications of one draw, about. */
  readonly work: number
  /** @param countsA, countsB how often each image occurs, at least two of each set in all */
  distance(countsA: Uint32Array, countsB: Uint32Array): Promise<number>
}

/** Share of different images in a draw with replacement: 1 - 1 / e. */
const different = 1 - 1 / Math.E
/** Products of images that are kept, 200 MB. */
const most = 25e6

/**
 * Prepares draws from two sets. An image that was drawn c times counts as one row times sqrt(c). Small d: the d x d
 * covariances of each draw; large d: parts of one matrix of all scalar products, centered on the draw's own means.
 */
export function redrawnFrechet(a: FeatureMatrix, b: FeatureMatrix): RedrawnFrechet {
  const d = a.dimensions
  const [more, fewer] = [Math.max(a.length, b.length) * different, Math.min(a.length, b.length) * different]
  const byCovariance = ((more + fewer) * d ** 2) / 2 + 2 * d ** 3
  const byProducts = 2 * more * fewer ** 2 - (2 / 3) * fewer ** 3
  if (byCovariance < byProducts || a.length * b.length > most)
    return {
      work: byCovariance,
      distance: async (countsA, countsB) => {
        const [first, second] = [moments(a, countsA), moments(b, countsB)]
        const root = await rootTrace(covariance(a, first), covariance(b, second), new Pace({}, 1))
        return meansDistance(first, second) + spreadDistance(first.trace, second.trace, root, d)
      },
    }
  let products: Matrix | undefined
  return {
    work: byProducts,
    distance: async (countsA, countsB) => {
      products ??= scalarProducts(a, b)
      const [first, second] = [moments(a, countsA), moments(b, countsB)]
      const root = await nuclearNorm(centeredProducts(products, first, second), new Pace({}, 1))
      return meansDistance(first, second) + spreadDistance(first.trace, second.trace, root, d)
    },
  }
}

/** A set as drawn: the images that occur, how often, and their mean and total variance. */
interface Drawn {
  readonly rows: Int32Array
  readonly counts: Uint32Array
  readonly total: number
  readonly mean: Float64Array
  readonly trace: number
}

function moments({ data, dimensions: d }: FeatureMatrix, all: Uint32Array): Drawn {
  const rows = Int32Array.from(all.keys()).filter((row) => all[row]! > 0)
  const counts = Uint32Array.from(rows, (row) => all[row]!)
  const total = counts.reduce((sum, count) => sum + count, 0)
  const mean = new Float64Array(d)
  rows.forEach((row, r) => {
    for (let i = 0; i < d; i++) mean[i]! += (counts[r]! * data[row * d + i]!) / total
  })
  let squares = 0
  rows.forEach((row, r) => {
    for (let i = 0; i < d; i++) squares += counts[r]! * (data[row * d + i]! - mean[i]!) ** 2
  })
  return { rows, counts, total, mean, trace: squares / (total - 1) }
}

function covariance(
  { data, dimensions: d }: FeatureMatrix,
  { rows, counts, total, mean }: Drawn,
): { covariance: Matrix } {
  const weighted = new Float64Array(rows.length * d)
  rows.forEach((row, r) => {
    const weight = Math.sqrt(counts[r]!)
    for (let i = 0; i < d; i++) weighted[r * d + i] = weight * (data[row * d + i]! - mean[i]!)
  })
  const covariance = zeros(d, d)
  const view = { data: weighted, at: 0, row: 1, column: d }
  addProduct({ data: covariance.data, at: 0, row: d }, 1 / (total - 1), view, view, [d, d, rows.length])
  return { covariance }
}

/** <x, y> of all pairs. */
function scalarProducts(a: FeatureMatrix, b: FeatureMatrix): Matrix {
  const products = zeros(a.length, b.length)
  const view = ({ data, dimensions }: FeatureMatrix) => ({ data, at: 0, row: dimensions, column: 1 })
  addProduct({ data: products.data, at: 0, row: b.length }, 1, view(a), view(b), [
    a.length,
    b.length,
    a.dimensions,
  ])
  return products
}

/** <x - mean, y - mean> of the images that occur, times the roots of how often they do, taller than wide. */
function centeredProducts({ data, columns }: Matrix, first: Drawn, second: Drawn): Matrix {
  const [n, m] = [first.rows.length, second.rows.length]
  const withMeanB = new Float64Array(n)
  const withMeanA = new Float64Array(m)
  let ofMeans = 0
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) {
      const value = data[first.rows[i]! * columns + second.rows[j]!]!
      withMeanB[i]! += (second.counts[j]! * value) / second.total
      withMeanA[j]! += (first.counts[i]! * value) / first.total
    }
  for (let i = 0; i < n; i++) ofMeans += (first.counts[i]! * withMeanB[i]!) / first.total
  const scale = 1 / Math.sqrt((first.total - 1) * (second.total - 1))
  const tall = n >= m
  const centered = tall ? zeros(n, m) : zeros(m, n)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) {
      const value = data[first.rows[i]! * columns + second.rows[j]!]!
      const weight = scale * Math.sqrt(first.counts[i]! * second.counts[j]!)
      centered.data[tall ? i * m + j : j * n + i] = weight * (value - withMeanB[i]! - withMeanA[j]! + ofMeans)
    }
  return centered
}

function meansDistance({ mean: a }: Drawn, { mean: b }: Drawn): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2
  return sum
}
