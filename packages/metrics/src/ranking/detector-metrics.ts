import { Metric, type MetricInput, type MetricResult } from "@ifnormal/core"
import { type BootstrapOptions, bootstrapFields } from "../intervals/options.js"
import { type CounterfactualSelection, selectionName, selectRows } from "../selection.js"
import { curveAuroc } from "./auroc.js"
import { curveAveragePrecision } from "./average-precision.js"
import { type Curve, type RankingStatistic, sortedCurve } from "./curve.js"
import { curveF1Max } from "./f1-max.js"
import { rankingIntervals } from "./intervals.js"
import { curvePartialAuroc, refuseLimit } from "./partial-auroc.js"
import { intervalRecipe, RECIPES } from "./recipes.js"
import { sortedPair } from "./sorted.js"

/** What metrics of two lists of raw scores share: normal images are negative, something else is positive. */
abstract class RankingMetric extends Metric {
  readonly unit = "fraction"
  private negatives: number[] = []
  private positives: number[] = []
  /** Image of each positive: counterfactuals of one image are redrawn together. */
  private index: number[] = []

  constructor(private readonly bootstrap?: BootstrapOptions) {
    super()
  }

  /** Rows whose scores count as positive; none for inputs of another role. */
  protected positive(input: MetricInput): Iterable<number> {
    return input.role === "anomaly" ? input.scores.keys() : []
  }
  protected readonly positiveName: string = "anomalies"
  /** Key of the positives in `counts`. */
  protected readonly positiveRole: MetricInput["role"] = "anomaly"
  protected abstract readonly recipe: string
  protected abstract readonly statistic: RankingStatistic
  /** Score at which the value is reached, for metrics that have one. */
  protected threshold(_curve: Curve): number | undefined {
    return undefined
  }

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
    const { negatives, positives, index, recipe, bootstrap } = this
    const missing = negatives.length === 0 ? "normal images" : positives.length === 0 ? this.positiveName : ""
    if (missing) return { value: Number.NaN, n: 0, skipped: `There are no ${missing}.` }
    const curve = sortedCurve(...sortedPair(negatives, positives, this.name))
    const threshold = this.threshold(curve)
    const n = negatives.length + positives.length
    // Anomalies are images of their own, and so many of them may be drawn faster.
    const clusters = this.positiveRole === "counterfactual" ? index : undefined
    return {
      value: this.statistic(curve),
      n,
      counts: { normal: negatives.length, [this.positiveRole]: positives.length },
      recipe: `${recipe}; ${intervalRecipe(clusters ? 0 : n)}`,
      ...(threshold !== undefined && { threshold }),
      interval: rankingIntervals(negatives, positives, [this.statistic], bootstrap, clusters)[0]!,
      ...bootstrapFields(bootstrap),
    }
  }

  reset(): void {
    this.negatives = []
    this.positives = []
    this.index = []
  }
}

/** How well the detector tells test anomalies (positive) from normal test images. */
export class DetectorAuroc extends RankingMetric {
  readonly name = "Detector AuROC"
  readonly ideal = 1
  readonly higherIsBetter = true
  protected readonly recipe = RECIPES.auroc
  protected readonly statistic = curveAuroc
}

/**
 * Average precision of the detector, test anomalies positive. It depends on how many of the images are anomalies; `counts`
 * has the numbers.
 */
export class DetectorAupr extends RankingMetric {
  readonly name = "Detector AUPR"
  readonly ideal = 1
  readonly higherIsBetter = true
  protected readonly recipe = RECIPES.aupr
  protected readonly statistic = curveAveragePrecision
}

/**
 * Largest F1 of the detector over all thresholds, with the lowest threshold that reaches it. The interval is of the largest
 * F1, its threshold chosen anew in each draw.
 */
export class DetectorF1Max extends RankingMetric {
  readonly name = "Detector F1Max"
  readonly ideal = 1
  readonly higherIsBetter = true
  protected readonly recipe = RECIPES.f1Max
  protected readonly statistic: RankingStatistic = (curve) => curveF1Max(curve).value
  protected override threshold(curve: Curve): number {
    return curveF1Max(curve).threshold
  }
}

/** Partial AuROC of the detector, standardised by McClish. */
export class DetectorPartialAuroc extends RankingMetric {
  readonly name: string
  readonly ideal = 1
  readonly higherIsBetter = true
  protected readonly recipe: string
  protected readonly statistic: RankingStatistic

  /**
   * @param maxFpr in (0, 1], default 0.1 (our choice; DCASE's p)
   * @throws ConfigError "metric-option"
   */
  constructor(maxFpr = 0.1, bootstrap?: BootstrapOptions) {
    super(bootstrap)
    refuseLimit(maxFpr, "maxFpr")
    this.name = `Detector partial AuROC, FPR <= ${maxFpr}`
    this.recipe = RECIPES.partialAuroc(maxFpr)
    this.statistic = (curve) => curvePartialAuroc(curve, maxFpr)
  }
}

/**
 * How well the detector tells counterfactuals (positive) from normal test images; the paper's table 1. 0.5 = not at all,
 * below = more normal than normal. Quote it beside the judge's table only: adversarial or collapsed images get low
 * values as well.
 */
export class CounterfactualAuroc extends RankingMetric {
  readonly name: string
  readonly ideal = 0.5
  readonly higherIsBetter = undefined
  protected readonly recipe = RECIPES.auroc
  protected readonly statistic = curveAuroc
  protected override readonly positiveName = "counterfactuals"
  protected override readonly positiveRole = "counterfactual"

  /** @param selection default alpha = 0, all concepts pooled */
  constructor(
    private readonly selection: CounterfactualSelection = { alpha: 0 },
    bootstrap?: BootstrapOptions,
  ) {
    super(bootstrap)
    this.name = `AuROC normal vs. CE${selectionName(selection)}`
  }

  protected override positive(input: MetricInput): Iterable<number> {
    if (input.role !== "counterfactual") return []
    return selectRows(input, this.selection)
  }
}
