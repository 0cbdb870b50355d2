import { clusterInterval } from "../intervals/bootstrap.js"
import { type BootstrapOptions, bootstrapFields } from "../intervals/options.js"
import { countClusters, distribution, expand, percentiles, redraw } from "../intervals/redraw.js"
import { ALL_OR_NONE, allOrNone } from "../intervals/share-interval.js"
import { mean } from "../numbers.js"

/** A statistic of columns of numbers, [rows] each. */
export type Statistic = (columns: readonly Float64Array[]) => number

/**
 * Rows of numbers by the test image that they come from: all that most metrics keep of a batch. Rows of one image are
 * drawn together in the bootstrap, since they are no independent observations.
 */
export class ImageRows {
  #rows: (readonly number[])[] = []
  #index: number[] = []

  /** @param image which test image, from 0; undefined for one of its own */
  add(image: number | undefined, row: readonly number[]): void {
    this.#index.push(image ?? -1 - this.#rows.length)
    this.#rows.push(row)
  }

  /** Number of rows. */
  get length(): number {
    return this.#rows.length
  }

  /** Number of images that they come from. */
  get images(): number {
    return countClusters(this.#index)
  }

  /** Image of each row; below 0 where it was not given. */
  get index(): readonly number[] {
    return this.#index
  }

  /** All rows, as columns. */
  get columns(): readonly Float64Array[] {
    const width = this.#rows[0]?.length ?? 0
    return Array.from({ length: width }, (_, column) => Float64Array.from(this.#rows, (row) => row[column]!))
  }

  /**
   * A statistic of all rows with its percentile bootstrap over images.
   * @throws DataError "metric-nan" when it is NaN in a draw, "metric-empty" without rows
   */
  result(statistic: Statistic, bootstrap?: BootstrapOptions) {
    const { columns } = this
    const draw = redraw(this.length, this.#index)
    const counts = new Uint32Array(this.length)
    const drawn = distribution(bootstrap, (random) => {
      draw(random, counts)
      return statistic(columns.map((column) => expand(column, counts)))
    })
    return {
      value: statistic(columns),
      interval: percentiles(drawn, bootstrap),
      ...bootstrapFields(bootstrap),
    }
  }

  /** `result` of the mean of the first column, several times as fast. */
  mean(bootstrap?: BootstrapOptions) {
    const [values] = this.columns
    return {
      value: mean(values!),
      interval: clusterInterval(values!, this.#index, mean, bootstrap),
      ...bootstrapFields(bootstrap),
    }
  }

  /** `mean` of a share, with its recipe: Wilson's interval, over images, where all or none hit. */
  share(recipe: string, bootstrap?: BootstrapOptions) {
    const [values] = this.columns
    const hits = allOrNone(values!, this.images, bootstrap?.level)
    return hits
      ? { value: values![0]!, ...hits, recipe: `${recipe}; ${ALL_OR_NONE}` }
      : { ...this.mean(bootstrap), recipe }
  }

  clear(): void {
    this.#rows = []
    this.#index = []
  }
}
