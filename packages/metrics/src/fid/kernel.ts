import { type Matrix, mirror, zeros } from "../linalg/matrix.js"
import type { Pace } from "../linalg/pace.js"
import { addProduct } from "../linalg/product.js"
import type { FeatureMatrix } from "./feature-matrix.js"

export type Rows = Int32Array

/** k(x, y) of all pairs within and between two sets. */
export interface Kernels {
  readonly aa: Matrix
  readonly ab: Matrix
  readonly bb: Matrix
}

/** Rows that are multiplied between two looks at the event loop. */
const panel = 256

/** KID's kernel (<x, y> / d + 1)^3 in float64. */
export async function kernelMatrices(a: FeatureMatrix, b: FeatureMatrix, pace: Pace): Promise<Kernels> {
  return { aa: await kernel(a, a, pace), ab: await kernel(a, b, pace), bb: await kernel(b, b, pace) }
}

async function kernel(a: FeatureMatrix, b: FeatureMatrix, pace: Pace): Promise<Matrix> {
  const d = a.dimensions
  const symmetric = a === b
  const matrix = zeros(a.length, b.length)
  const view = (set: FeatureMatrix, row: number) => ({ data: set.data, at: row * d, row: d, column: 1 })
  for (let i = 0; i < a.length; i += panel) {
    const rows = Math.min(panel, a.length - i)
    const columns = symmetric ? i + rows : b.length
    const target = { data: matrix.data, at: i * b.length, row: b.length }
    addProduct(target, 1 / d, view(a, i), view(b, 0), [rows, columns, d])
    await pace.advance(rows * columns * d)
  }
  for (let i = 0; i < matrix.data.length; i++) {
    const value = matrix.data[i]! + 1
    matrix.data[i] = value * value * value
  }
  if (symmetric) mirror(matrix)
  return matrix
}
