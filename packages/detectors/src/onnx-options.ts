import { z } from "zod"
import { boundOptions } from "./bound.js"

const perChannel = z.array(z.number()).min(1).max(64)

/** Options of the detector type "onnx", as a config has them. */
export const onnxOptions = z.strictObject({
  /** Path of the .onnx file, weights inside; relative to the config. */
  model: z.string().min(1),
  /** Name of the image input. Default: the only one with four dimensions. */
  input: z.string().min(1).optional(),
  /** Name of the output that the score is read from. Default: the only one that has one number for each image. */
  output: z.string().min(1).optional(),
  /** Which class of an output [batch, classes] means anomalous. */
  index: z.int().min(0).optional(),
  /**
   * One number from an output with many for each image: the largest or mean value of an anomaly map, or the mean squared
   * difference of a reconstruction to what the model was fed.
   */
  reduce: z.enum(["max", "mean", "reconstruction-l2"]).optional(),
  /** Order of the input's dimensions. Default: where 1 or 3 stands in its declared shape; "nchw" where that leaves it open. */
  layout: z.enum(["nchw", "nhwc"]).optional(),
  /** "bgr" for models trained on images of OpenCV or Caffe. */
  channelOrder: z.enum(["rgb", "bgr"]).default("rgb"),
  /**
   * What the model wants instead of values in [0, 1]: (x - mean) / std by channel, with mean and std in [0, 1], or
   * scale * x. Models for bytes are fed round(255 x) anyway.
   */
  normalize: z
    .union([
      z.literal("none"),
      z.strictObject({ scale: z.number() }),
      z.strictObject({ mean: perChannel, std: z.array(z.number().gt(0)).min(1).max(64) }),
    ])
    .default("none"),
  /** From the model's score to phi. Default: calibrated on normal images by `fit`, see `Bound`. */
  bound: boundOptions.optional(),
  /** Name of an output with the model's own representation of an image: what `nearest` takes distances in. */
  features: z.string().min(1).optional(),
  /** Name of an output with an anomaly map, [batch, 1, h, w] or [batch, h, w]. */
  map: z.string().min(1).optional(),
  /**
   * "exact" refuses a model that cannot be differentiated, "none" does not try. Default: exact where every operator is
   * known, none otherwise.
   */
  gradients: z.enum(["exact", "none"]).optional(),
})
export type OnnxOptions = z.output<typeof onnxOptions>
/** The same with defaults left out. */
export type OnnxOptionsInput = z.input<typeof onnxOptions>
