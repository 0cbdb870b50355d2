import type * as tf from "@tensorflow/tfjs-core"
import { DataError, ShapeError } from "../contract/errors.js"
import type { ImageShape } from "../contract/images.js"

/**
 * Checks a batch of images, [batch, height, width, channels], against the shape that a model expects.
 * @throws ShapeError "shape-images" naming both shapes and `what` expected the other.
 */
export function checkShape(images: tf.Tensor, expected: ImageShape, what: string): void {
  if (images.rank === 4 && images.shape.slice(1).join() === expected.join()) return
  const found = images.rank === 4 ? images.shape.slice(1) : images.shape
  const [height, width, channels] = expected
  throw new ShapeError({
    code: "shape-images",
    message: `${what} expects images of [${expected.join(", ")}], got ${images.rank === 4 ? "" : "a tensor of "}[${found.join(", ")}].`,
    next:
      images.rank === 3
        ? "Add a batch dimension: images.expandDims(0)."
        : `Resize and convert to ${height} x ${width} pixels with ${channels} ${channels === 1 ? "channel" : "channels"}, or use a model of the images' shape.`,
  })
}

/** @throws DataError "data-range" when a value is NaN or outside [0, 1]. */
export function checkRange(values: Float32Array, shape: ImageShape, firstImage: number): void {
  const size = shape[0] * shape[1] * shape[2]
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (value >= 0 && value <= 1) continue
    throw new DataError({
      code: "data-range",
      message: `Image ${firstImage + Math.floor(i / size)} has the value ${value}, expected values from 0 to 1.`,
      next: Number.isNaN(value)
        ? "Repair the image."
        : "Divide bytes by 255; undo any normalization: models bring their own.",
    })
  }
}
