import * as tf from "@tensorflow/tfjs-core"
import type { BootstrapOptions } from "../intervals/options.js"
import { type CounterfactualInput, type CounterfactualSelection, selectionName } from "../selection.js"
import { MeanMetric } from "./mean-metric.js"
import { ofDifference } from "./pixels.js"

/** How much of the original was changed; 0 is a copy of the anomaly, so quote it beside `Validity` only. */
abstract class Minimality extends MeanMetric {
  readonly name: string
  readonly ideal = 0
  readonly higherIsBetter = false

  constructor(title: string, selection: CounterfactualSelection, bootstrap?: BootstrapOptions) {
    super(selection, bootstrap)
    this.name = `${title}${selectionName(selection)}`
  }
}

/** Mean absolute difference of original and counterfactual per pixel and channel, in [0, 1]. Default alpha = 0. */
export class MinimalityL1 extends Minimality {
  readonly unit = "distance"
  protected readonly recipe = "mean over pixels and channels of |x - CE|, images in [0, 1]"

  constructor(selection: CounterfactualSelection = { alpha: 0 }, bootstrap?: BootstrapOptions) {
    super("L1 anomaly to CE", selection, bootstrap)
  }

  protected measure(input: CounterfactualInput) {
    return ofDifference(input, (d) => tf.mean(tf.abs(d), [1, 2, 3]))
  }
}

/**
 * Root mean squared difference per pixel and channel, in [0, 1]: the Euclidean distance (CARLA's L2 without the square)
 * divided by the root of the number of values, so that sizes compare. Mean over counterfactuals. Default alpha = 0.
 */
export class MinimalityL2 extends Minimality {
  readonly unit = "distance"
  protected readonly recipe =
    "mean over CEs of sqrt(mean over pixels and channels of (x - CE)^2), images in [0, 1]"

  constructor(selection: CounterfactualSelection = { alpha: 0 }, bootstrap?: BootstrapOptions) {
    super("L2 anomaly to CE", selection, bootstrap)
  }

  protected measure(input: CounterfactualInput) {
    return ofDifference(input, (d) => tf.sqrt(tf.mean(tf.square(d), [1, 2, 3])))
  }
}

/** Mean squared difference of original and counterfactual per pixel and channel, in [0, 1]. Default alpha = 0. */
export class MinimalityMse extends Minimality {
  readonly unit = "distance"
  protected readonly recipe = "mean over pixels and channels of (x - CE)^2, images in [0, 1]"

  constructor(selection: CounterfactualSelection = { alpha: 0 }, bootstrap?: BootstrapOptions) {
    super("MSE anomaly to CE", selection, bootstrap)
  }

  protected measure(input: CounterfactualInput) {
    return ofDifference(input, (d) => tf.mean(tf.square(d), [1, 2, 3]))
  }
}

/**
 * Share of pixels that visibly changed, in [0, 1]: those where a channel differs by more than a threshold, default 0.1
 * (our choice). A change below it everywhere counts as none, whatever it does to the score. Default alpha = 0.
 */
export class ChangedArea extends Minimality {
  readonly unit = "fraction"
  protected readonly recipe: string

  /** @param threshold in [0, 1] */
  constructor(
    selection: CounterfactualSelection = { alpha: 0 },
    private readonly threshold = 0.1,
    bootstrap?: BootstrapOptions,
  ) {
    super("Changed area", selection, bootstrap)
    this.recipe = `share of pixels whose largest |x - CE| over channels is > ${threshold}, images in [0, 1]`
  }

  protected measure(input: CounterfactualInput) {
    return ofDifference(input, (d) => changedShare(d, this.threshold))
  }
}

/** Share of pixels where a channel differs by more than a threshold, [batch]; NaN where the difference holds NaN. */
function changedShare(difference: tf.Tensor4D, threshold: number): tf.Tensor {
  const changed = tf.greater(tf.max(tf.abs(difference), 3), threshold)
  // Comparing hides NaN: 0 * NaN brings it back.
  const hidden = tf.mul(0, tf.sum(difference, [1, 2, 3]))
  return tf.add(tf.mean(tf.cast(changed, "float32"), [1, 2]), hidden)
}
