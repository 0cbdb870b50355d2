import { type ImageValues, Metric, type MetricInput, type MetricResult } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { clusterInterval } from "./intervals/bootstrap.js"
import { type BootstrapOptions, bootstrapFields } from "./intervals/options.js"
import { meanPerImage } from "./intervals/per-image.js"
import { countClusters } from "./intervals/redraw.js"
import { mean, refuseNaN } from "./numbers.js"
import {
  type CounterfactualInput,
  type CounterfactualSelection,
  selectionName,
  selectRows,
} from "./selection.js"

/**
 * A mean of one value per counterfactual. n counts counterfactuals; the interval redraws images, the counterfactuals of
 * one image (concepts, alphas) together, where the input has an `index`, and counterfactuals one by one where it has none.
 */
export abstract class MeanMetric extends Metric {
  abstract readonly unit: "fraction" | "distance" | undefined
  protected abstract readonly recipe: string
  private values: number[] = []
  /** Image of each value; below 0 where the input has no index. */
  private index: number[] = []
  private skipped: string | undefined

  constructor(
    protected readonly selection: CounterfactualSelection,
    private readonly bootstrap?: BootstrapOptions,
  ) {
    super()
  }

  /** One value per row of the batch, or why there are none. */
  protected abstract measure(input: CounterfactualInput): Promise<ArrayLike<number> | string>

  /** @throws DataError "metric-nan" */
  async update(input: MetricInput): Promise<void> {
    if (input.role !== "counterfactual") return
    const rows = selectRows(input, this.selection)
    if (rows.length === 0) return
    const all = await this.measure(input)
    if (typeof all === "string") {
      this.skipped = all
      return
    }
    const values = rows.map((row) => all[row]!)
    refuseNaN(values, `values of "${this.name}"`)
    for (const [i, value] of values.entries()) {
      this.index.push(input.index?.[rows[i]!] ?? -1 - this.index.length)
      this.values.push(value)
    }
  }

  async compute(): Promise<MetricResult> {
    const { values, index, skipped } = this
    if (skipped || values.length === 0)
      return { value: Number.NaN, n: 0, skipped: skipped ?? "There are no counterfactuals." }
    return {
      value: mean(values),
      n: values.length,
      recipe: this.recipe,
      counts: { counterfactual: values.length, original: countClusters(index) },
      interval: clusterInterval(values, index, mean, this.bootstrap),
      ...bootstrapFields(this.bootstrap),
    }
  }

  override perImage(): ImageValues | undefined {
    if (this.skipped || this.index.length === 0 || this.index.some((image) => image < 0)) return undefined
    return meanPerImage(this.index, this.values)
  }

  reset(): void {
    this.values = []
    this.index = []
    this.skipped = undefined
  }
}

/** Mean over pixels and channels of f(original - counterfactual), [batch]. */
async function perImage(
  input: CounterfactualInput,
  f: (difference: tf.Tensor4D) => tf.Tensor,
): Promise<ArrayLike<number>> {
  const values = tf.tidy(() => tf.mean(f(tf.sub(input.originals, input.images) as tf.Tensor4D), [1, 2, 3]))
  const data = await values.data()
  values.dispose()
  return data
}

/** Mean absolute difference of original and counterfactual per pixel and channel, in [0, 1]. Default alpha = 0. */
export class MinimalityL1 extends MeanMetric {
  readonly name: string
  readonly ideal = 0
  readonly higherIsBetter = false
  readonly unit = "distance"
  protected readonly recipe = "mean over pixels and channels of |x - CE|, images in [0, 1]"

  constructor(selection: CounterfactualSelection = { alpha: 0 }, bootstrap?: BootstrapOptions) {
    super(selection, bootstrap)
    this.name = `L1 anomaly to CE${selectionName(selection)}`
  }

  protected measure(input: CounterfactualInput) {
    return perImage(input, tf.abs)
  }
}

/** Mean squared difference of original and counterfactual per pixel and channel, in [0, 1]. Default alpha = 0. */
export class MinimalityMse extends MeanMetric {
  readonly name: string
  readonly ideal = 0
  readonly higherIsBetter = false
  readonly unit = "distance"
  protected readonly recipe = "mean over pixels and channels of (x - CE)^2, images in [0, 1]"

  constructor(selection: CounterfactualSelection = { alpha: 0 }, bootstrap?: BootstrapOptions) {
    super(selection, bootstrap)
    this.name = `MSE anomaly to CE${selectionName(selection)}`
  }

  protected measure(input: CounterfactualInput) {
    return perImage(input, tf.square)
  }
}

/**
 * How far G(x, phi(x), k) is from x, mean absolute difference. Nothing in an input tells an identity pair from another
 * one, so feed this metric such pairs only: alpha of each row is phi of its original.
 */
export class IdentityError extends MeanMetric {
  readonly name = "Identity error"
  readonly ideal = 0
  readonly higherIsBetter = false
  readonly unit = "distance"
  protected readonly recipe = "mean over pixels and channels of |x - G(x, phi(x), k)|, images in [0, 1]"

  constructor(bootstrap?: BootstrapOptions) {
    super({}, bootstrap)
  }

  protected measure(input: CounterfactualInput) {
    return perImage(input, tf.abs)
  }
}

/** Share of counterfactuals whose concept R recognises. Default: every alpha. High values do not show that concepts differ for a person. */
export class ConceptAccuracy extends MeanMetric {
  readonly name: string
  readonly ideal = 1
  readonly higherIsBetter = true
  readonly unit = "fraction"
  protected readonly recipe = "argmax of R(x, CE) equals k"

  constructor(selection: CounterfactualSelection = {}, bootstrap?: BootstrapOptions) {
    super(selection, bootstrap)
    this.name = `Concept accuracy${selectionName(selection)}`
  }

  protected async measure({ conceptLogits, concept }: CounterfactualInput) {
    if (!conceptLogits) return "The generator has no concept classifier."
    const [batch, concepts] = conceptLogits.shape
    const logits = await conceptLogits.data()
    return Float64Array.from({ length: batch }, (_, row) => {
      const own = logits.subarray(row * concepts, (row + 1) * concepts)
      if (own.some(Number.isNaN)) return Number.NaN
      return own.indexOf(Math.max(...own)) === concept[row] ? 1 : 0
    })
  }
}

/** Share of counterfactuals that the detector scores within `tolerance` of their target. Default alpha = 0, tolerance 0.25 (as `explain`). */
export class Validity extends MeanMetric {
  readonly name: string
  readonly ideal = 1
  readonly higherIsBetter = true
  readonly unit = "fraction"
  protected readonly recipe: string

  constructor(
    selection: CounterfactualSelection = { alpha: 0 },
    private readonly tolerance = 0.25,
    bootstrap?: BootstrapOptions,
  ) {
    super(selection, bootstrap)
    this.name = `Validity${selectionName(selection)}`
    this.recipe = `share with |phi(CE) - alpha| <= ${tolerance}`
  }

  protected async measure({ phi, alpha }: CounterfactualInput) {
    return phi.map((value, row) =>
      Number.isNaN(value) ? value : Math.abs(value - alpha[row]!) <= this.tolerance ? 1 : 0,
    )
  }
}

/** mean |phi(G(x, alpha, k)) - alpha|. Default: over every alpha that was fed; one alpha if the selection names it. */
export class ScoreError extends MeanMetric {
  readonly name: string
  readonly ideal = 0
  readonly higherIsBetter = false
  readonly unit = "distance"
  protected readonly recipe = "mean of |phi(G(x, alpha, k)) - alpha|"

  constructor(selection: CounterfactualSelection = {}, bootstrap?: BootstrapOptions) {
    super(selection, bootstrap)
    this.name =
      selection.alpha === 0
        ? `Score error, alpha 0${selectionName(selection)}`
        : `Score error${selectionName(selection)}`
  }

  protected async measure({ phi, alpha }: CounterfactualInput) {
    return phi.map((value, row) => Math.abs(value - alpha[row]!))
  }
}
