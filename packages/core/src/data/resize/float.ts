import type { ImageShape } from "../../contract/images.js"
import { checkResize } from "./check.js"
import { filterTaps, type Taps, tensorflowTaps, torchTaps, triangle } from "./taps.js"

/**
 * Bilinear resizes that give floats: TensorFlow 1's without half-pixel shift (torch-fidelity), PyTorch's
 * interpolate(align_corners=False) (pytorch-fid), and the same with antialias=True (torchmetrics).
 */
export type FloatResize = "tensorflow-bilinear" | "torch-bilinear" | "torch-bilinear-antialias"

const tapsOf: Readonly<Record<FloatResize, (length: number, size: number) => Taps>> = {
  "tensorflow-bilinear": tensorflowTaps,
  "torch-bilinear": torchTaps,
  "torch-bilinear-antialias": (length, size) => filterTaps(length, size, 1, triangle, Math.fround),
}

/**
 * Resizes one image, first its rows and then its columns, each rounded to float32 as the references do. Only
 * antialias looks at every pixel of an image that is made smaller.
 * @param values [height * width * channels] in any range, HWC
 * @param size of the result
 * @returns [size * channels] in the same range
 * @throws ShapeError "resize-shape"
 */
export function resizeFloat(
  values: Uint8Array | Float32Array,
  shape: ImageShape,
  size: readonly [height: number, width: number],
  method: FloatResize,
): Float32Array {
  checkResize(values.length, shape, size)
  const [height, width, channels] = shape
  const across = tapsOf[method](width, size[1])
  const down = tapsOf[method](height, size[0])
  const rows: (Float32Array | undefined)[] = new Array(height)
  const row = (y: number): Float32Array =>
    (rows[y] ??= resizeRow(
      values.subarray(y * width * channels, (y + 1) * width * channels),
      channels,
      across,
    ))
  const length = size[1] * channels
  const result = new Float32Array(size[0] * length)
  for (let y = 0; y < size[0]; y++) {
    const first = down.first[y]!
    const count = down.count[y]!
    const target = result.subarray(y * length, (y + 1) * length)
    for (let k = 0; k < count; k++) addScaled(target, row(first + k), down.weights[y * down.width + k]!)
  }
  return result
}

function addScaled(target: Float32Array, row: Float32Array, weight: number): void {
  for (let i = 0; i < target.length; i++) target[i] = target[i]! + weight * row[i]!
}

function resizeRow(line: Uint8Array | Float32Array, channels: number, taps: Taps): Float32Array {
  const { first, count, weights, width } = taps
  const result = new Float32Array(first.length * channels)
  for (let x = 0; x < first.length; x++)
    for (let c = 0; c < channels; c++) {
      let sum = 0
      let from = first[x]! * channels + c
      for (let k = 0; k < count[x]!; k++, from += channels) sum += weights[x * width + k]! * line[from]!
      result[x * channels + c] = sum
    }
  return result
}
