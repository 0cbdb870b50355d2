import type * as tf from "@tensorflow/tfjs-core"

/** What a metric sees: images with their raw detector scores, and counterfactuals with what they came from. */
export type MetricInput =
  | { readonly role: "normal" | "anomaly"; readonly images: tf.Tensor4D; readonly scores: Float64Array }
  | {
      readonly role: "counterfactual"
      readonly images: tf.Tensor4D
      /** [batch] raw detector scores of the counterfactuals. */
      readonly scores: Float64Array
      /** [batch] bounded scores phi. */
      readonly phi: Float64Array
      readonly originals: tf.Tensor4D
      /** [batch] */
      readonly alpha: Float64Array
      /** [batch] in 0..K-1 */
      readonly concept: Int32Array
      /** [batch, K] */
      readonly conceptLogits?: tf.Tensor2D
    }

/** A number with what is needed to quote it. */
export interface MetricResult {
  /** NaN when skipped. */
  readonly value: number
  /** Number of images (or pairs) that the value rests on. */
  readonly n: number
  /** Which of several published ways of computing was used. */
  readonly recipe?: string
  /** 95 % interval. */
  readonly interval?: readonly [low: number, high: number]
  /** Why there is no value. */
  readonly skipped?: string
}

export abstract class Metric {
  /** Such as "AuROC normal vs. CE". */
  abstract readonly name: string
  /** Best value, or best range. */
  abstract readonly ideal: number | readonly [low: number, high: number]
  /** undefined when the ideal lies inside the scale. */
  abstract readonly higherIsBetter: boolean | undefined
  abstract update(input: MetricInput): Promise<void>
  abstract compute(): Promise<MetricResult>
  abstract reset(): void
}
