import type * as tf from "@tensorflow/tfjs-core"
import type { ImageShape } from "./images.js"
import type { FitOptions, TrainingData } from "./training.js"

/** Counterfactuals of a batch by one concept. */
export interface GeneratedBatch {
  /** [batch, height, width, channels] in [0, 1]; the caller's to free. */
  readonly images: tf.Tensor4D
  /** [batch] one sentence where the method has something to say about an image: why none was found, what it cost. */
  readonly notes?: readonly (string | undefined)[]
}

/** G(x, alpha, k): the image that x would have to be for the detector to score it alpha, by concept k (paper section 3.2). */
export abstract class CounterfactualGenerator {
  abstract readonly inputShape: ImageShape
  /** K, the number of concepts. */
  abstract readonly concepts: number
  /** All stored state by name; core saves and loads it. */
  abstract readonly variables: Readonly<Record<string, tf.Variable>>
  /** Trains in place against the detector the generator was created with. */
  abstract fit(data: TrainingData, options: FitOptions): Promise<void>
  /**
   * Counterfactuals of a batch, [batch, height, width, channels] in [0, 1]. An image's result never depends on the
   * other images of its batch.
   * @param x [batch, height, width, channels] in [0, 1]
   * @param alpha [batch] target scores in [0, 1]
   * @param concept [batch] int32 in 0..K-1
   */
  abstract generate(x: tf.Tensor4D, alpha: tf.Tensor1D, concept: tf.Tensor1D): Promise<tf.Tensor4D>

  /**
   * Counterfactuals by several concepts at once, in the order of `concepts`: for methods that search them together, push
   * them apart, or can say why none was found. Where it is absent, `generate` is called concept by concept.
   * @param x [batch, height, width, channels] in [0, 1]
   * @param alpha [batch] target scores in [0, 1]
   * @param concepts different numbers in 0..K-1
   * @param signal stops the search; what was found until then is returned
   */
  generateAll?(
    x: tf.Tensor4D,
    alpha: tf.Tensor1D,
    concepts: readonly number[],
    signal?: AbortSignal,
  ): Promise<readonly GeneratedBatch[]>

  /** R(x, counterfactual) as logits [batch, K], where the method has one. */
  conceptLogits?(x: tf.Tensor4D, counterfactual: tf.Tensor4D): tf.Tensor2D

  /** Frees all variables. */
  dispose(): void {
    for (const variable of Object.values(this.variables)) variable.dispose()
  }
}
