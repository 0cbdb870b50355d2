import { ShapeError } from "../../contract/errors.js"
import type { ImageShape } from "../../contract/images.js"

/** @throws ShapeError "resize-shape" for sides below 1 pixel, or another number of values than the shape has */
export function checkResize(
  count: number,
  shape: ImageShape,
  size: readonly [height: number, width: number],
): void {
  const [height, width, channels] = shape
  const sides = [...shape, ...size]
  if (sides.every((side) => Number.isSafeInteger(side) && side >= 1) && count === height * width * channels)
    return
  throw new ShapeError({
    code: "resize-shape",
    message: `Found ${count} values for an image [${shape.join(", ")}] to be resized to ${size.join("x")}, expected height * width * channels values and sides of at least 1 pixel.`,
    next: "Pass one image, HWC, with its true shape.",
  })
}
