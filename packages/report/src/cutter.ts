import type { ImageShape } from "@ifnormal/core"
import { maskOutline } from "./outline.js"
import { heatColor } from "./page/heat.js"
import type { StoredPictures } from "./read-run.js"
import { shrink } from "./shrink.js"
import { rgbaOf } from "./sprite.js"

/** Gives single pictures of the stored tensors at one of `factor` pixels per side. */
export function cutter({ index, images, maps, masks }: StoredPictures, factor: number) {
  const [fullHeight, fullWidth, c] = index.shape
  const shape: ImageShape = [Math.floor(fullHeight / factor), Math.floor(fullWidth / factor), c]
  const pixels = shape[0] * shape[1]
  const cut = (bytes: Uint8Array, row: number, channels: number) => {
    const size = fullHeight * fullWidth * channels
    return shrink(bytes.subarray(row * size, (row + 1) * size), [fullHeight, fullWidth, channels], factor)
  }
  const image = (row: number) => cut(images, row, c)
  return {
    shape,
    image,
    outline: (row: number) => maskOutline(cut(masks!, row, 1), shape[0], shape[1]),
    /** Map `row` in color over the dimmed gray image. */
    heat(imageRow: number, row: number): Uint8Array {
      const rgba = rgbaOf(image(imageRow), pixels)
      const map = cut(maps!, row, 1)
      const drawn = new Uint8Array(pixels * 3)
      for (let i = 0; i < pixels; i++) {
        const gray = 0.2126 * rgba[4 * i]! + 0.7152 * rgba[4 * i + 1]! + 0.0722 * rgba[4 * i + 2]!
        drawn.set(heatColor(map[i]! / 255, gray), 3 * i)
      }
      return drawn
    },
  }
}
