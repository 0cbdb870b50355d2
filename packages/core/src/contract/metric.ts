import type * as tf from "@tensorflow/tfjs-core"

/** What a metric sees: images with their raw detector scores, and counterfactuals with what they came from. */
export type MetricInput =
  | {
      readonly role: "normal" | "anomaly"
      readonly images: tf.Tensor4D
      /** [batch] raw detector scores. */
      readonly scores: Float64Array
      /** [batch] bounded scores phi. */
      readonly phi?: Float64Array
      /** [batch, height, width] anomaly maps of a detector that gives them. */
      readonly maps?: tf.Tensor3D
      /** [batch, height, width] 1 where the defect is, 0 elsewhere. */
      readonly masks?: tf.Tensor3D
    }
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
      /** [batch] which test image each original is: counterfactuals of one image, at several alpha or concepts, share it. */
      readonly index?: Int32Array
      /** [batch] phi of the originals. */
      readonly originalPhi?: Float64Array
      /** [batch] phi of the counterfactuals under a second detector. */
      readonly secondPhi?: Float64Array
      /** [batch] seconds that each explanation took, its share of the batch. */
      readonly seconds?: Float64Array
      /** [batch, height, width] anomaly maps of the counterfactuals, and of their originals. */
      readonly maps?: tf.Tensor3D
      readonly originalMaps?: tf.Tensor3D
      /** [batch, height, width] 1 where the original's defect is, 0 elsewhere. */
      readonly masks?: tf.Tensor3D
      /** The same counterfactuals (alpha, concept) made again, each entry from another slight change of the originals. */
      readonly perturbed?: readonly PerturbedCounterfactuals[]
    }

/** Counterfactuals of slightly changed originals, row by row those of the batch that they stand beside. */
export interface PerturbedCounterfactuals {
  /** [batch, height, width, channels] */
  readonly images: tf.Tensor4D
  /** [batch] bounded scores phi of these images. */
  readonly phi: Float64Array
}

/** A number with what is needed to quote it. */
export interface MetricResult {
  /** NaN when skipped. */
  readonly value: number
  /** Number of images (or pairs) that the value rests on. */
  readonly n: number
  /** Which of several published ways of computing was used. */
  readonly recipe?: string
  /** Interval of `level`. */
  readonly interval?: readonly [low: number, high: number]
  /** Share of the distribution inside the interval, default 0.95. */
  readonly level?: number
  /** Seed of the draws behind value or interval, where there are any. */
  readonly seed?: number
  /** Number of bootstrap draws behind the interval. */
  readonly draws?: number
  /** Images by kind, where `n` alone does not say it, such as { counterfactual: 500, normal: 1000 }. */
  readonly counts?: Readonly<Record<string, number>>
  /** Score that the value belongs to, where a metric chooses one: images that score at least this are called anomalous. */
  readonly threshold?: number
  /** Why there is no value. */
  readonly skipped?: string
}

/** One value per test image. */
export interface ImageValues {
  /** [images] which test image, as in `MetricInput.index`; each once. */
  readonly index: Int32Array
  /** [images] */
  readonly values: Float64Array
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
  /**
   * The value of each image where `compute` gives the mean of such values, so that two runs can be compared image by
   * image; undefined while there are none. Rows of one image are averaged.
   */
  perImage?(): ImageValues | undefined
}
