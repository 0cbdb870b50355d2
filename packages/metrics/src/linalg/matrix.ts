/** A dense matrix, row-major. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  /** [rows * columns] */
  readonly data: Float64Array
}

/** A matrix of zeros. */
export function zeros(rows: number, columns: number): Matrix {
  return { rows, columns, data: new Float64Array(rows * columns) }
}

/** Sum of the diagonal. */
export function trace({ rows, columns, data }: Matrix): number {
  let sum = 0
  for (let i = 0; i < rows; i++) sum += data[i * columns + i]!
  return sum
}

/** Copies what is below the diagonal of a square matrix to above it. */
export function mirror({ rows: n, data }: Matrix): void {
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) data[j * n + i] = data[i * n + j]!
}
