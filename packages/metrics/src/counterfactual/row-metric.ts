import { Metric, type MetricInput, type MetricResult } from "@ifnormal/core"
import type { BootstrapOptions } from "../intervals/options.js"
import { refuseNaN } from "../numbers.js"
import { type CounterfactualInput, type CounterfactualSelection, selectRows } from "../selection.js"
import { ImageRows } from "./image-rows.js"

/** What a counterfactual adds to a metric; undefined where it does not count. */
export type Row = readonly number[] | undefined

/**
 * A statistic of a few numbers per counterfactual. Keeps those numbers, no images. n counts counterfactuals; the
 * interval draws test images, with all their counterfactuals, where the input says which they are (`index`).
 */
export abstract class RowMetric extends Metric {
  abstract readonly unit: "fraction" | "distance" | "seconds" | undefined
  protected abstract readonly recipe: string
  /** Why there is no value although counterfactuals were seen, such as when none counts. */
  protected readonly nothing: string = "There are no counterfactuals."
  protected readonly rows = new ImageRows()
  private seen = false
  protected skipped: string | undefined

  constructor(
    protected readonly selection: CounterfactualSelection,
    private readonly bootstrap?: BootstrapOptions,
  ) {
    super()
  }

  /** One entry per row of the batch, or why there are none. */
  protected abstract row(input: CounterfactualInput): Promise<readonly Row[] | string>
  /** Value and interval, and a recipe where it is not the usual one. */
  protected abstract summary(
    rows: ImageRows,
    bootstrap?: BootstrapOptions,
  ): Pick<MetricResult, "value" | "interval" | "level" | "seed" | "draws" | "recipe">

  /** Why the statistic does not exist for these columns, if so. */
  protected refusal(_columns: readonly Float64Array[]): string | undefined {
    return undefined
  }

  /** @throws DataError "metric-nan" */
  async update(input: MetricInput): Promise<void> {
    if (input.role !== "counterfactual") return
    const selected = selectRows(input, this.selection)
    if (selected.length === 0) return
    this.seen = true
    const all = await this.row(input)
    if (typeof all === "string") {
      this.skipped = all
      return
    }
    const found = selected.flatMap((at) => (all[at] ? [{ at, row: all[at] }] : []))
    refuseNaN(
      found.flatMap(({ row }) => row),
      `values of "${this.name}"`,
    )
    for (const { at, row } of found) this.rows.add(input.index?.[at], row)
  }

  async compute(): Promise<MetricResult> {
    const { rows, recipe } = this
    const skipped =
      this.skipped ??
      (rows.length > 0
        ? this.refusal(rows.columns)
        : this.seen
          ? this.nothing
          : "There are no counterfactuals.")
    if (skipped) return { value: Number.NaN, n: 0, skipped }
    return {
      recipe,
      ...this.summary(rows, this.bootstrap),
      n: rows.length,
      counts: { counterfactual: rows.length, original: rows.images },
    }
  }

  reset(): void {
    this.rows.clear()
    this.seen = false
    this.skipped = undefined
  }
}
