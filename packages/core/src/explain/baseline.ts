import * as tf from "@tensorflow/tfjs-core"
import { gaussianBlur } from "./blur.js"

/** What stands for "nothing there": one color for all pixels, or the image itself, blurred by a tenth of its side. */
export type Baseline = number | "blur"

/** What stands for nothing, in the images' shape. */
export function baselineOf(x: tf.Tensor4D, baseline: Baseline): tf.Tensor4D {
  if (baseline === "blur") return gaussianBlur(x, Math.max(x.shape[1], x.shape[2]) / 10)
  return tf.fill(x.shape, baseline) as tf.Tensor4D
}
