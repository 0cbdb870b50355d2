import type { ImageValues } from "@ifnormal/core"
import type { BootstrapOptions } from "../intervals/options.js"
import { meanPerImage } from "../intervals/per-image.js"
import type { CounterfactualInput } from "../selection.js"
import type { ImageRows } from "./image-rows.js"
import { type Row, RowMetric } from "./row-metric.js"

/** A mean of one value per counterfactual; see `RowMetric` for n and interval. */
export abstract class MeanMetric extends RowMetric {
  protected summary(rows: ImageRows, bootstrap?: BootstrapOptions) {
    return this.unit === "fraction" ? rows.share(this.recipe, bootstrap) : rows.mean(bootstrap)
  }

  /** One value per row of the batch, undefined for a row that does not count, or why there are none. */
  protected abstract measure(input: CounterfactualInput): Promise<ArrayLike<number | undefined> | string>

  protected async row(input: CounterfactualInput): Promise<readonly Row[] | string> {
    const values = await this.measure(input)
    if (typeof values === "string") return values
    return Array.from(values, (value) => (value === undefined ? undefined : [value]))
  }

  override perImage(): ImageValues | undefined {
    const { index, columns } = this.rows
    if (this.skipped || index.length === 0 || index.some((image) => image < 0)) return undefined
    return meanPerImage(index, columns[0]!)
  }
}
