import type * as tf from "@tensorflow/tfjs-core"
import type { ImageShape } from "../contract/images.js"

/** Adam's options of the three networks: beta1 0, beta2 0.9, as SNGAN and DISSECT. */
export const GAN_ADAM = { beta1: 0, beta2: 0.9 } as const

type Named = Readonly<Record<string, tf.Variable>>

/** Random parts of how R sees a batch of pairs. */
export interface ConceptView {
  /** `noiseShape(batch)` standard normal numbers. */
  readonly noise?: tf.Tensor4D
  /** [batch, C, C] permutation matrices, the same for both images of a pair. */
  readonly channels?: tf.Tensor3D
}

/**
 * What the alternating loop trains. Images are [batch, height, width, channels] in [-1, 1] here, concepts one-hot
 * [batch, K]; all functions are the training form (batch statistics, noise).
 */
export interface CounterfactualNetworks {
  readonly inputShape: ImageShape
  /** K */
  readonly concepts: number
  /** Trainable variables of G, of R and of D. */
  readonly trained: { readonly generator: Named; readonly concept: Named; readonly discriminator: Named }
  /** Everything that a resumed training needs, trainable or not; moving averages included. */
  readonly state: Named
  /** G(x, alpha, k) */
  generate(x: tf.Tensor4D, alpha: tf.Tensor1D, concept: tf.Tensor2D): tf.Tensor4D
  /** D(x), or D(x, alpha) where it is conditional; [batch] */
  discriminate(x: tf.Tensor4D, alpha: tf.Tensor1D): tf.Tensor1D
  /**
   * R(from, to) as logits [batch, K].
   * @param direction [batch] sign of the intended fall of the score, phi(from) - target
   * @param view how R sees this batch in training
   */
  classify(from: tf.Tensor4D, to: tf.Tensor4D, direction: tf.Tensor1D, view?: ConceptView): tf.Tensor2D
  /** Shape of the noise of R, undefined where it wants none. */
  noiseShape(batch: number): readonly [number, number, number, number] | undefined
  /** R is to see the channels of each pair in a random order. */
  readonly permutesChannels?: boolean
  /** One power iteration of D's spectral norms. */
  powerIteration(): void
  /** Moving average of G: what explanations are made with. Called after each step with the decay of this step. */
  readonly average?: { readonly decay: number; update(decay: tf.Tensor): void }
}
