import * as tf from "@tensorflow/tfjs-core"
import type { BootstrapOptions } from "../intervals/options.js"
import type { CounterfactualInput } from "../selection.js"
import { MeanMetric } from "./mean-metric.js"
import { ofDifference } from "./pixels.js"

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
    return ofDifference(input, (d) => tf.mean(tf.abs(d), [1, 2, 3]))
  }
}
