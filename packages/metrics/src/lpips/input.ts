import { ConfigError, DataError, type ImageShape, ShapeError } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { type LpipsTrunk, minimumSide } from "./trunks.js"

/** Values of the images: "unit" is [0, 1], "signed" is [-1, 1], "bytes" is 0..255. */
export type ImageRange = "unit" | "signed" | "bytes"

/** How LPIPS reads its images. */
export interface LpipsInput {
  readonly range: ImageRange
  /** Scale the shorter side up to this many pixels first, the longer in proportion. Default: images stay as they are. */
  readonly upsample?: number
}

/** [low, high] of each range. */
const ranges: Readonly<Record<ImageRange, readonly [number, number]>> = {
  unit: [0, 1],
  signed: [-1, 1],
  bytes: [0, 255],
}
/** lpips 0.1.4, ScalingLayer: ImageNet's mean and standard deviation for images in [-1, 1]. */
const shift = [-0.03, -0.088, -0.188]
const scale = [0.458, 0.448, 0.45]

/** What was done to the images, for the recipe: "input 28x28, upsampled bilinear to 64x64 (align_corners false)". */
export function inputRecipe([height, width]: readonly [number, number], upsample?: number): string {
  const [newHeight, newWidth] = upsampledSize([height, width], upsample)
  const scaled =
    newHeight === height && newWidth === width
      ? ""
      : `, upsampled bilinear to ${newWidth}x${newHeight} (align_corners false)`
  return `input ${width}x${height}${scaled}`
}

/** [height, width] after upsampling. */
export function upsampledSize(
  [height, width]: readonly [number, number],
  upsample?: number,
): [number, number] {
  const factor = upsample === undefined ? 1 : upsample / Math.min(height, width)
  return [Math.round(height * factor), Math.round(width * factor)]
}

/**
 * Refuses what LPIPS cannot compare.
 * @param a,b shapes [batch, height, width, channels]
 * @throws ShapeError "lpips-shape", "lpips-size"; ConfigError "lpips-upsample"
 */
export function refuseShapes(
  trunk: LpipsTrunk,
  a: readonly number[],
  b: readonly number[],
  upsample?: number,
): void {
  const [batch, height, width, channels] = a as [number, ...ImageShape]
  if (a.length !== 4 || a.join() !== b.join() || batch < 1 || (channels !== 1 && channels !== 3))
    throw new ShapeError({
      code: "lpips-shape",
      message: `LPIPS got images [${a.join(", ")}] and [${b.join(", ")}], expected the same shape [batch, height, width, 1 or 3] twice.`,
      next: "Compare images of one size, gray (1) or RGB (3).",
    })
  const side = Math.min(height, width)
  if (upsample !== undefined && upsample < side)
    throw new ConfigError({
      code: "lpips-upsample",
      message: `LPIPS is to upsample the shorter side to ${upsample}, found images of ${width}x${height}, which are larger.`,
      next: `Leave upsample out, or give at least ${side}.`,
    })
  const minimum = minimumSide(trunk)
  if ((upsample ?? side) < minimum)
    throw new ShapeError({
      code: "lpips-size",
      message: `LPIPS with trunk ${trunk} needs images of at least ${minimum}x${minimum} pixels, found ${width}x${height}${upsample === undefined ? "" : `, upsampled to ${upsample}`}.`,
      next: "Upsample them, which the result then names: upsample: 64 in code and configs, --upsample 64 on the command line.",
    })
}

/**
 * Refuses values outside of the stated range, and NaN.
 * @throws DataError "lpips-range"
 */
export function refuseRange(values: ArrayLike<number>, range: ImageRange, what: string): void {
  const [low, high] = ranges[range]
  // Rounding of a generator's sigmoid or of a division by 255.
  const slack = 1e-4 * (high - low)
  for (let i = 0; i < values.length; i++)
    if (!(values[i]! >= low - slack && values[i]! <= high + slack))
      throw new DataError({
        code: "lpips-range",
        message: `The ${what} hold ${values[i]} at position ${i} of ${values.length}, expected values from ${low} to ${high} (range "${range}").`,
        next: 'Name the range that the images have: "unit" for [0, 1], "signed" for [-1, 1], "bytes" for 0..255.',
      })
}

/**
 * Images as the trunk takes them: three channels, upsampled, shifted and scaled.
 * @param images [batch, height, width, 1 or 3]
 * @returns [batch, height', width', 3]
 */
export function trunkInput(images: tf.Tensor4D, { range, upsample }: LpipsInput): tf.Tensor4D {
  const [, height, width] = images.shape
  const [low, high] = ranges[range]
  const signed = tf.sub(tf.mul(images, 2 / (high - low)), (high + low) / (high - low)) as tf.Tensor4D
  const size = upsampledSize([height, width], upsample)
  const sized = size[0] === height && size[1] === width ? signed : bilinear(signed, size)
  // Subtracting from one channel repeats it.
  return tf.div(tf.sub(sized, shift), scale)
}

/**
 * Bilinear interpolation with half-pixel centers and clamped borders (PyTorch's align_corners=False), as two products of
 * matrices: tfjs has no gradient for half-pixel centers.
 */
function bilinear(images: tf.Tensor4D, [height, width]: readonly [number, number]): tf.Tensor4D {
  const [batch, oldHeight, oldWidth, channels] = images.shape
  const rows = tf.matMul(
    interpolation(oldHeight, height),
    tf.reshape(tf.transpose(images, [1, 0, 2, 3]), [oldHeight, batch * oldWidth * channels]),
  )
  const columns = tf.matMul(
    interpolation(oldWidth, width),
    tf.reshape(tf.transpose(tf.reshape(rows, [height, batch, oldWidth, channels]), [2, 1, 0, 3]), [
      oldWidth,
      batch * height * channels,
    ]),
  )
  return tf.transpose(tf.reshape(columns, [width, batch, height, channels]), [1, 2, 0, 3])
}

/** [to, from] weights of each old pixel in each new one. */
function interpolation(from: number, to: number): tf.Tensor2D {
  const weights = new Float32Array(to * from)
  for (let i = 0; i < to; i++) {
    const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5))
    const low = Math.floor(at)
    weights[i * from + low]! += 1 - (at - low)
    weights[i * from + Math.min(from - 1, low + 1)]! += at - low
  }
  return tf.tensor2d(weights, [to, from])
}
