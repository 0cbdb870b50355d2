import { readFileSync } from "node:fs"
import { stream } from "@ifnormal/core"
import { describe, expect, test } from "vitest"
import { goldenFeatures } from "../fid/golden-features.js"
import { pivotedCholesky } from "./cholesky.js"
import { symmetricEigenvalues } from "./eigenvalues.js"
import { type Matrix, zeros } from "./matrix.js"
import { Pace } from "./pace.js"
import { addProduct } from "./product.js"
import { bidiagonalize, nuclearNorm } from "./singular-values.js"

const { matrix } = JSON.parse(readFileSync(new URL("../fid/__golden__/fid.json", import.meta.url), "utf8"))
const random = stream(1, "linalg.test")
const pace = new Pace({}, 1)
const draw = (rows: number, columns: number): Matrix => ({
  rows,
  columns,
  data: Float64Array.from({ length: rows * columns }, () => random.normal()),
})
const view = ({ data, columns }: Matrix) => ({ data, at: 0, row: columns, column: 1 })
const at = ({ data, columns }: Matrix, i: number, j: number) => data[i * columns + j]!

/** A B^T, sum by sum. */
function product(a: Matrix, b: Matrix): Matrix {
  const c = zeros(a.rows, b.rows)
  for (let i = 0; i < a.rows; i++)
    for (let j = 0; j < b.rows; j++)
      for (let k = 0; k < a.columns; k++) c.data[i * b.rows + j]! += at(a, i, k) * at(b, j, k)
  return c
}

test.each([
  [1, 1, 1],
  [4, 4, 256],
  [5, 7, 300],
  [30, 3, 9],
])("the blocked product is the sum, %i x %i over %i", (m, n, k) => {
  const [a, b] = [draw(m, k), draw(n, k)]
  const found = draw(m, n)
  const before = found.data.slice()
  addProduct({ data: found.data, at: 0, row: n }, -2, view(a), view(b), [m, n, k])
  product(a, b).data.forEach((value, i) => {
    expect(found.data[i]).toBeCloseTo(before[i]! - 2 * value, 10)
  })
})

test("the product of transposes, below the diagonal", () => {
  const a = draw(9, 6)
  const found = zeros(6, 6)
  const transposed = { data: a.data, at: 0, row: 1, column: 6 }
  addProduct({ data: found.data, at: 0, row: 6 }, 1, transposed, transposed, [6, 6, 9], true)
  for (let i = 0; i < 6; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0
      for (let k = 0; k < 9; k++) sum += at(a, k, i) * at(a, k, j)
      expect(at(found, i, j)).toBeCloseTo(sum, 12)
    }
  expect(at(found, 0, 5)).toBe(0)
})

describe("against NumPy", () => {
  const { seed, n } = matrix.features
  const square: Matrix = {
    rows: n,
    columns: n,
    data: Float64Array.from(goldenFeatures(matrix.features).data),
  }

  test("eigenvalues of a symmetric matrix", async () => {
    expect(seed).toBe(31)
    const sum = zeros(n, n)
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) sum.data[i * n + j] = at(square, i, j) + at(square, j, i)
    const found = (await symmetricEigenvalues(sum, pace)).sort()
    const expected: number[] = matrix["eigenvalues of A + A^T"]
    expected.forEach((value, i) => {
      expect(Math.abs(found[i]! - value)).toBeLessThan(1e-14 * n * Math.abs(expected[0]!))
    })
  })

  test("singular values", async () => {
    const expected: number[] = matrix["singular values of A"]
    const sum = expected.reduce((a, b) => a + b)
    expect(await nuclearNorm({ ...square, data: square.data.slice() }, pace)).toBeCloseTo(sum, 11)
  })
})

test.each([
  [1, 1],
  [33, 33],
  [100, 70],
  [70, 1],
])(
  "a bidiagonal matrix of %i x %i keeps every singular value's square sum, and a diagonal one its values",
  async (m, n) => {
    const a = draw(m, n)
    const squares = a.data.reduce((sum, v) => sum + v * v, 0)
    const { diagonal, above } = await bidiagonalize({ ...a, data: a.data.slice() }, pace)
    const found = [...diagonal, ...above].reduce((sum, v) => sum + v * v, 0)
    expect(found / squares).toBeCloseTo(1, 12)
    const diagonalMatrix = zeros(m, n)
    for (let i = 0; i < n; i++) diagonalMatrix.data[i * n + i] = (i % 3) * 10 ** -(i % 20)
    const sum = diagonalMatrix.data.reduce((total, v) => total + v, 0)
    expect(await nuclearNorm(diagonalMatrix, pace)).toBeCloseTo(sum, 13)
  },
)

test("matrices of zeros and of one value", async () => {
  expect(await nuclearNorm(zeros(5, 3), pace)).toBe(0)
  expect(await nuclearNorm(zeros(0, 0), pace)).toBe(0)
  expect(await symmetricEigenvalues(zeros(4, 4), pace)).toEqual(new Float64Array(4))
  const ones = { rows: 50, columns: 40, data: new Float64Array(2000).fill(1) }
  expect(await nuclearNorm(ones, pace)).toBeCloseTo(Math.sqrt(2000), 11)
})

test.each([
  [150, 150],
  [150, 90],
  [70, 3],
  [8, 0],
])("the pivoted Cholesky decomposition finds the matrix and its rank, n %i, rank %i", async (n, rank) => {
  const root = draw(n, rank)
  const matrix = product(root, root)
  const { lower, order, rank: found } = await pivotedCholesky({ ...matrix, data: matrix.data.slice() }, pace)
  expect(found).toBe(rank)
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0
      for (let k = 0; k < Math.min(rank, j + 1); k++) sum += at(lower, i, k) * at(lower, j, k)
      expect(Math.abs(sum - at(matrix, order[i]!, order[j]!))).toBeLessThan(1e-11 * Math.max(1, rank))
    }
})
