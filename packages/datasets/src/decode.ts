import { DataError, type ImageShape } from "@ifnormal/core"
import sharp from "sharp"

/** File formats that are read, as sharp names them. */
export const IMAGE_FORMATS = ["png", "jpeg", "webp", "tiff", "gif"] as const

/** Larger pictures are refused: 100 megapixels (our choice). */
const MOST_PIXELS = 100_000_000

export interface DecodeOptions {
  /** Scale pictures of another size to the expected one, keeping the aspect, on black. Default false: they are refused. */
  readonly resize?: boolean
  /** Shown in errors and notes when the picture comes as bytes. */
  readonly name?: string
}

export interface DecodedImage {
  /** [height * width * channels] 0..255 */
  readonly bytes: Uint8Array
  /** What was done to the picture besides reading it, one sentence each; empty for one that fits as it is. */
  readonly notes: readonly string[]
}

/**
 * Reads a PNG, JPEG, WebP, TIFF or the first frame of a GIF as `shape`. EXIF orientation is applied; transparency is put
 * on black; gray becomes RGB or RGB gray as the shape asks: all said in `notes`.
 * @param input path or content of a file
 * @throws DataError `image-missing`, `image-corrupt`, `image-format`, `image-size`, `image-channels`
 */
export async function decodeImage(
  input: string | Uint8Array,
  shape: ImageShape,
  options: DecodeOptions = {},
): Promise<DecodedImage> {
  const name = options.name ?? (typeof input === "string" ? input : "the image")
  const [height, width, channels] = shape
  if (channels !== 1 && channels !== 3)
    throw new DataError({
      code: "image-channels",
      message: `Images can be read with 1 or 3 channels, asked for ${channels}.`,
      next: "Use a model of gray (1) or RGB (3) images.",
    })
  try {
    const image = sharp(input, { failOn: "error", limitInputPixels: MOST_PIXELS, page: 0, pages: 1 })
    const found = await image.metadata()
    if (!(IMAGE_FORMATS as readonly string[]).includes(found.format))
      throw new DataError({
        code: "image-format",
        message: `${name} is of format ${found.format}, expected one of ${IMAGE_FORMATS.join(", ")}.`,
        next: "Convert it to PNG.",
      })
    const notes: string[] = []
    if ((found.orientation ?? 1) !== 1) notes.push("Turned as its EXIF orientation says.")
    let pipeline = image.rotate()
    const size = { width: found.autoOrient.width, height: found.autoOrient.height }
    if (found.hasAlpha) {
      pipeline = pipeline.flatten({ background: "#000" })
      notes.push("Alpha channel removed: transparent parts are put on black.")
    }
    if (size.width !== width || size.height !== height) {
      if (!options.resize)
        throw new DataError({
          code: "image-size",
          message: `${name} is ${size.width}x${size.height} pixels, expected ${width}x${height}.`,
          next: "Pass --resize (resize: true in code and configs) to scale it, keeping the aspect, on black.",
        })
      pipeline = pipeline.resize(width, height, { fit: "contain", background: "#000" })
      notes.push(`Resized from ${size.width}x${size.height} to ${width}x${height}.`)
    }
    const isGray = found.channels - (found.hasAlpha ? 1 : 0) === 1
    if (channels === 1 && !isGray) notes.push("Color turned into gray.")
    if (channels === 3 && isGray) notes.push("Gray repeated over the three color channels.")
    pipeline = channels === 1 ? pipeline.grayscale() : pipeline.toColorspace("srgb")
    const { data, info } = await pipeline.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true })
    return { bytes: spread(data, info.channels, height * width, channels), notes }
  } catch (cause) {
    if (cause instanceof DataError) throw cause
    throw undecodable(name, cause as Error)
  }
}

/** The pixels with exactly `wanted` channels: a gray picture's only one may come alone or three times. */
function spread(data: Uint8Array, found: number, pixels: number, wanted: number): Uint8Array {
  if (found === wanted) return new Uint8Array(data)
  const out = new Uint8Array(pixels * wanted)
  for (let i = 0; i < pixels; i++)
    for (let c = 0; c < wanted; c++) out[i * wanted + c] = data[i * found + Math.min(c, found - 1)]!
  return out
}

/** What a failure of the decoder means. */
export function undecodable(name: string, cause: Error): DataError {
  if (/Input file is missing/.test(cause.message))
    return new DataError({
      code: "image-missing",
      message: `${name} does not exist.`,
      next: "Check the path.",
      cause,
    })
  if (/unsupported image format/.test(cause.message))
    return new DataError({
      code: "image-format",
      message: `${name} is not a picture that can be read, expected one of ${IMAGE_FORMATS.join(", ")}.`,
      next: "Convert it to PNG.",
      cause,
    })
  return new DataError({
    code: "image-corrupt",
    message: `${name} cannot be decoded: ${cause.message.trim().replace(/\.$/, "")}.`,
    next: "Open it in a viewer; save or copy it again, or leave it out.",
    cause,
  })
}
