import type { ImageShape } from "@ifnormal/core"
import { encode } from "fast-png"
import type { Sprite } from "./page/types.js"

/** Bytes of a PNG as a data URI. */
const dataUri = (png: Uint8Array) => `data:image/png;base64,${Buffer.from(png).toString("base64")}`

/** `rgba` of one picture as a PNG data URI. */
export function rgbaUri(rgba: Uint8ClampedArray, width: number, height: number): string {
  return dataUri(encode({ width, height, data: new Uint8Array(rgba), channels: 4 }))
}

/** RGBA bytes of `bytes` [pixels, c]; one channel is gray. */
export function rgbaOf(bytes: Uint8Array, pixels: number): Uint8ClampedArray {
  const c = bytes.length / pixels
  const rgba = new Uint8ClampedArray(pixels * 4).fill(255)
  for (let i = 0; i < pixels; i++)
    for (let k = 0; k < 3; k++) rgba[4 * i + k] = bytes[i * c + (c >= 3 ? k : 0)]!
  return rgba
}

/**
 * One PNG with the pictures `cells`, each [h, w, 1, 3 or 4] for h and w of `shape`, about as wide as high; unused cells
 * are black. Gray where all cells are.
 */
export function makeSprite(cells: readonly Uint8Array[], shape: ImageShape): { sprite: Sprite; uri: string } {
  const [h, w] = shape
  const columns = Math.max(1, Math.ceil(Math.sqrt((cells.length * h) / w)))
  const lines = Math.max(1, Math.ceil(cells.length / columns))
  const channels = cells.some((cell) => cell.length > h * w) ? 3 : 1
  const width = columns * w
  const data = new Uint8Array(width * lines * h * channels)
  cells.forEach((cell, i) => {
    const c = cell.length / (h * w)
    const left = (i % columns) * w
    const top = Math.floor(i / columns) * h
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++)
        for (let k = 0; k < channels; k++)
          data[((top + y) * width + left + x) * channels + k] = cell[(y * w + x) * c + (c >= 3 ? k : 0)]!
  })
  const png = encode({ width, height: lines * h, data, channels }, { zlib: { level: 6 } })
  return { sprite: { columns, rows: lines, shape }, uri: dataUri(png) }
}
