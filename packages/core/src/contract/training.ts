import type * as tf from "@tensorflow/tfjs-core"
import type { ImageShape } from "./images.js"

/** One training batch. Owned by the iterator, valid until the next one. */
export interface TrainingBatch {
  /** [batch, height, width, channels] in [0, 1]. */
  readonly x: tf.Tensor4D
  /** [batch] 1 for outlier exposure, 0 for normal. With outliers the first half of a batch is normal, the second is not. */
  readonly outlier: tf.Tensor1D
}

/** Endless seeded batches: batch i depends on (seed, i) only, so training resumes at any step. */
export interface TrainingData {
  readonly shape: ImageShape
  /** Number of normal images. */
  readonly length: number
  /** Number of outlier-exposure images, 0 where there are none. */
  readonly outliers: number
  batches(options: {
    size: number
    seed: number
    /** Half of each batch from outlier exposure; ignored where there is none. */
    outliers: boolean
    /** First step, default 0. */
    start?: number
  }): AsyncIterable<TrainingBatch>
}

/** Everything a training loop needs to go on byte-identically: weights, optimizer moments, the number of steps done. */
export interface TrainingState {
  readonly step: number
  readonly tensors: Readonly<Record<string, StoredTensor>>
}

/** A tensor at rest. */
export interface StoredTensor {
  readonly shape: readonly number[]
  readonly dtype: "float32" | "int32" | "uint8"
  readonly data: Float32Array | Int32Array | Uint8Array
}

/** Options of every `fit`. */
export interface FitOptions {
  readonly steps: number
  readonly batchSize: number
  readonly learningRate: number
  readonly seed: number
  /** Stops after the running step; the state is saved first. */
  readonly signal?: AbortSignal
  /** Called after every step with the named loss terms, already read back, and the number of steps done. */
  readonly onStep?: (terms: Readonly<Record<string, number>>, step: number) => void | Promise<void>
  /** Where training goes on, from an earlier `saveState`. */
  readonly resume?: TrainingState
  /** Receives the state every `saveEvery` steps (default 50), at the last step and when `signal` stops the loop. */
  readonly saveState?: (state: TrainingState) => Promise<void>
  readonly saveEvery?: number
}
