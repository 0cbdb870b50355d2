import type { BootstrapOptions } from "../intervals/options.js"
import { type CounterfactualInput, type CounterfactualSelection, selectionName } from "../selection.js"
import type { ImageRows } from "./image-rows.js"
import { quantile } from "./quantile.js"
import { type Row, RowMetric } from "./row-metric.js"

/**
 * Seconds that a counterfactual took: the median, or another quantile (0.95 for the slow end), over counterfactuals
 * (input: seconds). Batches count their share, so it is time per image at the batch size used, not the wait for one
 * image alone; it holds for the machine of the run. Default alpha = 0.
 */
export class ExplanationSeconds extends RowMetric {
  readonly name: string
  readonly ideal = 0
  readonly higherIsBetter = false
  readonly unit = "seconds"
  protected readonly recipe: string

  /** @param share 0.5 (default) for the median */
  constructor(
    selection: CounterfactualSelection = { alpha: 0 },
    private readonly share = 0.5,
    bootstrap?: BootstrapOptions,
  ) {
    super(selection, bootstrap)
    const title = share === 0.5 ? "median" : `${Number((100 * share).toFixed(4))}th percentile`
    this.name = `Seconds per explanation, ${title}${selectionName(selection)}`
    this.recipe = `${title} over CEs, each its share of its batch; linear interpolation`
  }

  protected async row({ seconds }: CounterfactualInput): Promise<readonly Row[] | string> {
    return seconds ? Array.from(seconds, (value) => [value]) : "No times were fed."
  }

  protected summary(rows: ImageRows, bootstrap?: BootstrapOptions) {
    return rows.result(([values]) => quantile(values!, this.share), bootstrap)
  }
}
