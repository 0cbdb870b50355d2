import type { ImageShape, Mode, Variables } from "@ifnormal/core"
import type * as tf from "@tensorflow/tfjs-core"
import { z } from "zod"
import { cnn } from "./cnn.js"
import { resnet } from "./resnet.js"

/** Options of every detector that has an encoder. */
export const encoderOptions = {
  /**
   * "cnn28": two convolutions, for 28 x 28 (eoe's for MNIST); sides are multiples of 4. "cnn32": three convolutions, for
   * 32 x 32 (eoe's for CIFAR-10); multiples of 8. "resnet": ResNet-18's layout, for 64 to 224 px; at least 32.
   */
  encoder: z.enum(["cnn28", "cnn32", "resnet"]).default("cnn28"),
  /** Channels of the first convolution. Default 16 (cnn28 and, for speed, resnet; eoe has 64 there) or 32 (cnn32). */
  width: z.int().min(1).max(256).optional(),
}
export type EncoderOptions = z.output<z.ZodObject<typeof encoderOptions>>

/** Images [batch, height, width, channels] in [-1, 1] to a vector each. */
export interface Encoder {
  /** Length of the vector. */
  readonly size: number
  /** [batch, size] */
  readonly encode: (x: tf.Tensor4D, mode: Mode) => tf.Tensor2D
}

const kinds = {
  cnn28: { width: 16, output: 32 },
  cnn32: { width: 32, output: 256 },
  resnet: { width: 16, output: 256 },
} as const

/** Length of f(x) where a detector has one: eoe's 32 (cnn28) or 256. */
export function defaultOutput({ encoder }: EncoderOptions): number {
  return kinds[encoder].output
}

/**
 * The encoder that the options name.
 * @param detector type name of the detector, for errors
 * @throws ShapeError "detector-shape" for images that the encoder does not take
 */
export function createEncoder(
  variables: Variables,
  shape: ImageShape,
  { encoder, width = kinds[encoder].width }: EncoderOptions,
  detector: string,
): Encoder {
  if (encoder === "resnet") return resnet(variables, shape, width, detector)
  return encoder === "cnn28"
    ? cnn(variables, shape, { channels: [width, 2 * width], hidden: 4 * width, detector })
    : cnn(variables, shape, { channels: [width, 2 * width, 4 * width], hidden: 16 * width, detector })
}
