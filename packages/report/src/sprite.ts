import type { ImageShape } from "@ifnormal/core"
import { encode } from "fast-png"
import type { Sprite } from "./page/types.js"

/** Bytes of a PNG as a data URI. */
const dataUri = (png: Uint8Array) => `data:image/png;base64,${Buffer.from(png).toString("base64")}`

/** `rgba` of one picture as a PNG data URI. */
export function rgbaUri(rgba: Uint8ClampedArray, width: number, height: number): string {
  return dataUri(encode({ width, height, data: new Uint8Array(rgba), channels: 4 }))
}

/** RGBA bytes of image `row` of `bytes` [n, h, w, c]; one channel is gray. */
export function rgbaOf(bytes: Uint8Array, row: number, [h, w, c]: ImageShape): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(h * w * 4).fill(255)
  for (let i = 0; i < h * w; i++)
    for (let k = 0; k < 3; k++) rgba[4 * i + k] = bytes[(row * h * w + i) * c + (c >= 3 ? k : 0)]!
  return rgba
}

/** One PNG with the images `rows` of `bytes` [n, h, w, c] (c = 1, 3 or 4), about as wide as high; unused cells are black. */
export function makeSprite(
  bytes: Uint8Array,
  rows: readonly number[],
  shape: ImageShape,
): { sprite: Sprite; uri: string } {
  const [h, w, c] = shape
  const columns = Math.max(1, Math.ceil(Math.sqrt((rows.length * h) / w)))
  const lines = Math.max(1, Math.ceil(rows.length / columns))
  const channels = c === 1 ? 1 : 3
  const width = columns * w
  const data = new Uint8Array(width * lines * h * channels)
  rows.forEach((row, cell) => {
    const left = (cell % columns) * w
    const top = Math.floor(cell / columns) * h
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++)
        for (let k = 0; k < channels; k++)
          data[((top + y) * width + left + x) * channels + k] = bytes[((row * h + y) * w + x) * c + k]!
  })
  const png = encode({ width, height: lines * h, data, channels }, { zlib: { level: 6 } })
  return { sprite: { columns, rows: lines, shape }, uri: dataUri(png) }
}
