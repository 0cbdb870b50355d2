import type { ImageShape } from "@ifnormal/core"
import sharp from "sharp"
import { undecodable } from "./decode.js"

/**
 * The shape that a picture has by itself: height and width as EXIF orientation turns them, 1 channel for gray, else 3.
 * `decodeImage` with this shape gives its pixels unscaled.
 * @param input path or content of a file
 * @param name shown in errors when the picture comes as bytes
 * @throws DataError as `decodeImage`
 */
export async function imageShape(
  input: string | Uint8Array,
  name = typeof input === "string" ? input : "the image",
): Promise<ImageShape> {
  try {
    const { autoOrient, channels, hasAlpha } = await sharp(input, { page: 0, pages: 1 }).metadata()
    return [autoOrient.height, autoOrient.width, channels - (hasAlpha ? 1 : 0) === 1 ? 1 : 3]
  } catch (cause) {
    throw undecodable(name, cause as Error)
  }
}
