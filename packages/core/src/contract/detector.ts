import type * as tf from "@tensorflow/tfjs-core"
import type { ImageShape } from "./images.js"
import type { FitOptions, TrainingData } from "./training.js"

/** phi: R^D -> [0, 1], near 0 = normal, near 1 = anomalous (paper section 3.1). */
export abstract class Detector {
  abstract readonly inputShape: ImageShape
  /** "exact": score is differentiable in x. "none": scores only, through `scoreBatch`. */
  abstract readonly gradients: "exact" | "none"
  /** All stored state by name; core saves and loads it. */
  abstract readonly variables: Readonly<Record<string, tf.Variable>>
  /** Trains in place. */
  abstract fit(data: TrainingData, options: FitOptions): Promise<void>
  /** Any scale, [batch], higher is more anomalous. `x` is [batch, height, width, channels] in [0, 1]. */
  abstract rawScore(x: tf.Tensor4D): tf.Tensor1D
  /** Strictly increasing, [batch] into [0, 1]. */
  abstract bound(raw: tf.Tensor1D): tf.Tensor1D

  /** phi(x) in [0, 1], [batch]. Final: the composition of `rawScore` and `bound`. */
  score(x: tf.Tensor4D): tf.Tensor1D {
    return this.bound(this.rawScore(x))
  }

  /** The raw score, asynchronous: what `explain` and `evaluate` call. Detectors with gradients "none" implement this. */
  async rawScoreBatch(x: tf.Tensor4D): Promise<tf.Tensor1D> {
    return this.rawScore(x)
  }

  /**
   * The detector's own representation of images, [batch, n], where it has one: what distances between images are taken
   * in. Differentiable where `gradients` is "exact".
   */
  features?(x: tf.Tensor4D): tf.Tensor2D

  /**
   * Where an image is anomalous, [batch, height, width, 1] at the images' size, where the detector knows. At least 0, of
   * any scale that is the same for all images; higher is more anomalous.
   */
  anomalyMap?(x: tf.Tensor4D): Promise<tf.Tensor4D>

  /**
   * Files that the detector is made of beside `variables`, by the path that its options give to `readFile`. Core stores
   * them with the checkpoint, with their sha256, and hands them back through `readFile` when it is loaded.
   */
  readonly files?: Readonly<Record<string, Uint8Array>>

  /** Frees all variables. */
  dispose(): void {
    for (const variable of Object.values(this.variables)) variable.dispose()
  }
}
