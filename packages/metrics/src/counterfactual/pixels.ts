import { ShapeError } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import type { CounterfactualInput } from "../selection.js"

/**
 * Refuses batches of different shapes.
 * @throws ShapeError "shape-images" naming both
 */
export function checkPair(found: tf.Tensor, expected: tf.Tensor, what: string): void {
  const shapes = [found.shape, expected.shape]
  if (shapes[0]!.join() === shapes[1]!.join()) return
  const [one, other] = shapes.map((shape) => `[${shape.slice(1).join(", ")}] (${shape[0]} of them)`)
  throw new ShapeError({
    code: "shape-images",
    message: `${what} were expected in the shape of the counterfactuals, ${other}, found ${one}.`,
    next: "Feed originals and counterfactuals row by row, in the detector's input shape.",
  })
}

/**
 * Refuses maps or masks, [batch, height, width], that do not cover their images.
 * @throws ShapeError "shape-maps" naming both
 */
export function checkPlane(found: tf.Tensor3D, images: tf.Tensor4D, what: string): void {
  const [one, other] = [found.shape.join(", "), images.shape.slice(0, 3).join(", ")]
  if (one === other) return
  throw new ShapeError({
    code: "shape-maps",
    message: `${what} of [${other}] were expected beside the images, found [${one}].`,
    next: "Resize maps and masks to the detector's input shape.",
  })
}

/**
 * One number per image from the difference original - counterfactual.
 * @param f the difference, [batch, height, width, channels], to [batch]
 * @throws ShapeError "shape-images"
 */
export async function ofDifference(
  { originals, images }: CounterfactualInput,
  f: (difference: tf.Tensor4D) => tf.Tensor,
): Promise<Float32Array> {
  checkPair(originals, images, "Originals")
  return read(() => f(tf.sub(originals, images)))
}

/** The numbers of a tensor that is made for them only. */
export async function read(make: () => tf.Tensor): Promise<Float32Array> {
  const made = tf.tidy(make)
  try {
    return (await made.data()) as Float32Array
  } finally {
    made.dispose()
  }
}
