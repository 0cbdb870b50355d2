import { DataError, ShapeError } from "@ifnormal/core"
import { refuseNaN } from "../numbers.js"
import { connectedRegions } from "./regions.js"

/** One number per pixel of several images, as a tensor's shape and data. */
export interface Planes {
  readonly shape: readonly [batch: number, height: number, width: number]
  /** [batch * height * width] */
  readonly data: ArrayLike<number>
}

/** What a pixel metric keeps of an image. */
export interface PixelImage {
  /** Scores of the pixels outside defects. */
  readonly normal: Float64Array
  /** Scores of the pixels of each defect region, one list per region; empty for an image without a defect. */
  readonly regions: readonly Float64Array[]
}

/**
 * Sorts the pixels of each image by where they lie.
 * @param masks 1 where the defect is, 0 elsewhere; undefined for images without defects
 * @throws ShapeError "metric-shape" when maps and masks differ, DataError "metric-nan", "metric-mask"
 */
export function pixelImages(maps: Planes, masks: Planes | undefined): PixelImage[] {
  const [batch, height, width] = maps.shape
  refusePlanes(maps, masks)
  refuseNaN(maps.data, "anomaly maps")
  if (masks) refuseGray(masks.data)
  const size = height * width
  return Array.from({ length: batch }, (_, image) => {
    const at = (planes: Planes) =>
      Float64Array.from({ length: size }, (_, i) => planes.data[image * size + i]!)
    const scores = at(maps)
    if (!masks) return { normal: scores, regions: [] }
    const { labels, sizes } = connectedRegions(at(masks), height, width)
    const regions = sizes.map((pixels) => new Float64Array(pixels))
    regions[0] = new Float64Array(size - sizes.reduce((sum, pixels) => sum + pixels, 0))
    const filled = new Int32Array(sizes.length)
    for (let i = 0; i < size; i++) regions[labels[i]!]![filled[labels[i]!]!++] = scores[i]!
    return { normal: regions[0], regions: regions.slice(1) }
  })
}

function refusePlanes(maps: Planes, masks: Planes | undefined): void {
  for (const [name, { shape, data }] of Object.entries({ maps, ...(masks && { masks }) }))
    if (shape.join() !== maps.shape.join() || data.length !== shape[0] * shape[1] * shape[2])
      throw new ShapeError({
        code: "metric-shape",
        message: `The ${name} have the shape [${shape.join(", ")}] and ${data.length} numbers, expected [${maps.shape.join(", ")}] as the maps.`,
        next: "Resize the maps to the size of the masks before measuring.",
      })
}

function refuseGray(masks: ArrayLike<number>): void {
  for (let i = 0; i < masks.length; i++)
    if (masks[i] !== 0 && masks[i] !== 1)
      throw new DataError({
        code: "metric-mask",
        message: `A mask holds ${masks[i]}, expected 1 where the defect is and 0 elsewhere.`,
        next: "Resize masks by nearest neighbour, or threshold them.",
      })
}

/** @throws DataError "metric-empty" for images without defect pixels, or without any other */
export function refuseOneKind(images: readonly PixelImage[], what: string): void {
  const missing = missingKind(images)
  if (missing)
    throw new DataError({
      code: "metric-empty",
      message: `${what} needs pixels of both kinds, found no ${missing} in ${images.length} images.`,
      next: "Measure images with defects and with pixels outside them.",
    })
}

/** The kind of pixel that is missing. */
export function missingKind(images: readonly PixelImage[]): string | undefined {
  if (images.every(({ regions }) => regions.length === 0)) return "defect pixels"
  return images.every(({ normal }) => normal.length === 0) ? "pixels outside defects" : undefined
}
