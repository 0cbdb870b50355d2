import { Metric, type MetricInput, type MetricResult } from "@ifnormal/core"
import { auroc } from "./auroc.js"
import { aurocInterval } from "./intervals/auroc-interval.js"
import { type BootstrapOptions, bootstrapFields } from "./intervals/options.js"
import { type CounterfactualSelection, selectionName, selectRows } from "./selection.js"

const recipe = "exact rank statistic, ties half, raw scores in float64; percentile bootstrap over images"

/** What the two AuROC metrics share: raw scores of normal images and of something positive. */
abstract class AurocMetric extends Metric {
  readonly unit = "fraction"
  private negatives: number[] = []
  private positives: number[] = []
  /** Image of each positive: counterfactuals of one image are redrawn together. */
  private index: number[] = []

  constructor(private readonly bootstrap?: BootstrapOptions) {
    super()
  }

  /** Rows whose scores count as positive; none for inputs of another role. */
  protected abstract positive(input: MetricInput): Iterable<number>
  protected abstract readonly positiveName: string
  protected abstract readonly positiveRole: MetricInput["role"]

  async update(input: MetricInput): Promise<void> {
    if (input.role === "normal") for (const score of input.scores) this.negatives.push(score)
    else
      for (const row of this.positive(input)) {
        const image = input.role === "counterfactual" ? input.index?.[row] : undefined
        this.index.push(image ?? -1 - this.index.length)
        this.positives.push(input.scores[row]!)
      }
  }

  /** n counts both kinds. @throws DataError "metric-nan" */
  async compute(): Promise<MetricResult> {
    const { negatives, positives, index } = this
    const missing = negatives.length === 0 ? "normal images" : positives.length === 0 ? this.positiveName : ""
    if (missing) return { value: Number.NaN, n: 0, skipped: `There are no ${missing}.` }
    return {
      value: auroc(negatives, positives),
      n: negatives.length + positives.length,
      recipe,
      counts: { normal: negatives.length, [this.positiveRole]: positives.length },
      interval: aurocInterval(negatives, positives, this.bootstrap, index),
      ...bootstrapFields(this.bootstrap),
    }
  }

  reset(): void {
    this.negatives = []
    this.positives = []
    this.index = []
  }
}

/** How well the detector tells test anomalies (positive) from normal test images. */
export class DetectorAuroc extends AurocMetric {
  readonly name = "Detector AuROC"
  readonly ideal = 1
  readonly higherIsBetter = true
  protected readonly positiveName = "anomalies"
  protected readonly positiveRole = "anomaly"

  protected positive(input: MetricInput): Iterable<number> {
    return input.role === "anomaly" ? input.scores.keys() : []
  }
}

/**
 * How well the detector tells counterfactuals (positive) from normal test images; the paper's table 1. 0.5 = not at all,
 * below = more normal than normal. Quote it beside the judge's table only: adversarial or collapsed images get low
 * values as well.
 */
export class CounterfactualAuroc extends AurocMetric {
  readonly name: string
  readonly ideal = 0.5
  readonly higherIsBetter = undefined
  protected readonly positiveName = "counterfactuals"
  protected readonly positiveRole = "counterfactual"

  /** @param selection default alpha = 0, all concepts pooled */
  constructor(
    private readonly selection: CounterfactualSelection = { alpha: 0 },
    bootstrap?: BootstrapOptions,
  ) {
    super(bootstrap)
    this.name = `AuROC normal vs. CE${selectionName(selection)}`
  }

  protected positive(input: MetricInput): Iterable<number> {
    if (input.role !== "counterfactual") return []
    return selectRows(input, this.selection)
  }
}
