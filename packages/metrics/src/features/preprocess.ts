import { type FloatResize, type PillowFilter, resizeFloat, resizePillow } from "@ifnormal/core"
import type { ByteImages } from "./extractor.js"

/** What is done to an image before a network sees it. */
export interface Preprocessing {
  /** Height and width that the network sees. */
  readonly size: readonly [height: number, width: number]
  readonly resize: FloatResize | `pillow-${PillowFilter}`
  /** By channel: a byte b becomes b * scale + shift. */
  readonly scale: readonly [number, number, number]
  readonly shift: readonly [number, number, number]
}

/** Scale and shift of networks that want ((b / 255) - mean) / std. */
export function standardized(
  mean: readonly [number, number, number],
  std: readonly [number, number, number],
): Pick<Preprocessing, "scale" | "shift"> {
  const each = (value: (channel: 0 | 1 | 2) => number) => [value(0), value(1), value(2)] as const
  return { scale: each((c) => 1 / (255 * std[c])), shift: each((c) => -mean[c] / std[c]) }
}

/**
 * One image as the network sees it, written into `target`: gray repeated, resized, scaled.
 * @param target [height * width * 3] of `size`, HWC
 */
export function preprocess(
  images: ByteImages,
  index: number,
  { size, resize, scale, shift }: Preprocessing,
  target: Float32Array,
): void {
  const [height, width, channels] = images.shape
  const length = height * width * channels
  const image = images.bytes.subarray(index * length, (index + 1) * length)
  const resized =
    resize === "pillow-bilinear" || resize === "pillow-bicubic" || resize === "pillow-lanczos"
      ? resizePillow(image, images.shape, size, resize.slice(7) as PillowFilter)
      : resizeFloat(image, images.shape, size, resize)
  if (channels === 3)
    for (let i = 0; i < target.length; i += 3) {
      target[i] = resized[i]! * scale[0] + shift[0]
      target[i + 1] = resized[i + 1]! * scale[1] + shift[1]
      target[i + 2] = resized[i + 2]! * scale[2] + shift[2]
    }
  else
    for (let i = 0, at = 0; i < target.length; i += 3, at++)
      for (let c = 0; c < 3; c++) target[i + c] = resized[at]! * scale[c]! + shift[c]!
}
