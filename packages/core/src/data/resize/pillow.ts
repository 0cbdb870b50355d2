import type { ImageShape } from "../../contract/images.js"
import { checkResize } from "./check.js"
import { cubic, filterTaps, lanczos, type Taps, triangle } from "./taps.js"

export type PillowFilter = "bilinear" | "bicubic" | "lanczos"

const filters: Readonly<Record<PillowFilter, readonly [radius: number, filter: (x: number) => number]>> = {
  bilinear: [1, triangle],
  bicubic: [2, cubic],
  lanczos: [3, lanczos],
}

/** Fixed-point weights have this many bits behind the point: 32 less 8 for the pixel and 2 for overshoot. */
const PRECISION = 2 ** 22

/**
 * Resizes one image as Pillow's Image.resize does for 8-bit images (src/libImaging/Resample.c): one direction after the
 * other with a byte in between and weights in fixed point; a direction whose size stays is left alone. PyTorch's
 * antialiased resize of bytes is the same to one level.
 * @param bytes [height * width * channels] HWC
 * @throws ShapeError "resize-shape"
 */
export function resizePillow(
  bytes: Uint8Array,
  shape: ImageShape,
  size: readonly [height: number, width: number],
  filter: PillowFilter,
): Uint8Array {
  checkResize(bytes.length, shape, size)
  const [height, width, channels] = shape
  const [radius, curve] = filters[filter]
  const resizeRows = (image: Uint8Array, rows: number) =>
    size[1] === width
      ? image
      : pass(image, [rows, channels], fixed(filterTaps(width, size[1], radius, curve)))
  const resizeColumns = (image: Uint8Array, columns: number) =>
    size[0] === height
      ? image
      : pass(image, [1, columns * channels], fixed(filterTaps(height, size[0], radius, curve)))
  // Pillow 13 begins with the columns where that drops much; older versions never do, a difference of at most one level.
  const columnsFirst = height - size[0] > Math.max(0, 2 * (width - size[1]))
  const result = columnsFirst
    ? resizeRows(resizeColumns(bytes, width), size[0])
    : resizeColumns(resizeRows(bytes, height), size[1])
  return result === bytes ? bytes.slice() : result
}

/** Rounded half away from zero, as C's cast of x +- 0.5. */
function fixed(taps: Taps): Taps {
  return { ...taps, weights: taps.weights.map((w) => Math.trunc(w * PRECISION + (w < 0 ? -0.5 : 0.5))) }
}

/** Resamples the middle axis of [outer, length, inner]. */
function pass(bytes: Uint8Array, [outer, inner]: readonly [number, number], taps: Taps): Uint8Array {
  const { first, count, weights, width } = taps
  const size = first.length
  const length = bytes.length / (outer * inner)
  const result = new Uint8ClampedArray(outer * size * inner)
  const sums = new Float64Array(inner)
  for (let o = 0; o < outer; o++)
    for (let x = 0; x < size; x++) {
      sums.fill(PRECISION / 2)
      for (let k = 0; k < count[x]!; k++) {
        const weight = weights[x * width + k]!
        const from = (o * length + first[x]! + k) * inner
        for (let i = 0; i < inner; i++) sums[i] = sums[i]! + weight * bytes[from + i]!
      }
      const to = (o * size + x) * inner
      for (let i = 0; i < inner; i++) result[to + i] = Math.floor(sums[i]! / PRECISION)
    }
  return new Uint8Array(result.buffer)
}
