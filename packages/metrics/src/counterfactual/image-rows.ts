import { type BootstrapOptions, bootstrapInterval } from "../bootstrap.js"

/** A statistic of columns of numbers, [rows] each. */
export type Statistic = (columns: readonly Float64Array[]) => number

/**
 * Rows of numbers by the test image that they come from: all that most metrics keep of a batch. Rows of one image are
 * drawn together in the bootstrap, since they are no independent observations.
 */
export class ImageRows {
  #rows: (readonly number[])[] = []
  #images = new Map<number | string, number[]>()

  /** @param image which test image; undefined for one of its own */
  add(image: number | undefined, row: readonly number[]): void {
    const key = image ?? `row ${this.#rows.length}`
    const own = this.#images.get(key)
    if (own) own.push(this.#rows.length)
    else this.#images.set(key, [this.#rows.length])
    this.#rows.push(row)
  }

  /** Number of rows. */
  get length(): number {
    return this.#rows.length
  }

  /** Number of images that they come from. */
  get images(): number {
    return this.#images.size
  }

  /** All rows, as columns. */
  get columns(): readonly Float64Array[] {
    return this.#select(this.#rows.map((_, row) => row))
  }

  /**
   * A statistic of all rows with its percentile bootstrap over images.
   * @throws DataError "metric-nan" or "metric-empty" as `bootstrapInterval`
   */
  result(statistic: Statistic, { seed = 1, draws = 1000, level = 0.95 }: BootstrapOptions = {}) {
    const rows = [...this.#images.values()]
    const interval = bootstrapInterval(
      [Uint32Array.from(rows.keys())],
      ([drawn]) => statistic(this.#select(Array.from(drawn!).flatMap((image) => rows[image]!))),
      { seed, draws, level },
    )
    return { value: statistic(this.columns), interval, level, seed, draws }
  }

  clear(): void {
    this.#rows = []
    this.#images.clear()
  }

  #select(rows: readonly number[]): Float64Array[] {
    return Array.from({ length: this.#rows[0]?.length ?? 0 }, (_, column) =>
      Float64Array.from(rows, (row) => this.#rows[row]![column]!),
    )
  }
}
