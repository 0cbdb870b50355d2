import type { Image, ImageShape } from "../contract/images.js"

/** The first `n` images of a batch's values. */
export function split(values: Float32Array, shape: ImageShape, n: number): Image[] {
  const size = shape[0] * shape[1] * shape[2]
  return Array.from({ length: n }, (_, i) => ({
    shape,
    data: values.slice(i * size, (i + 1) * size),
  }))
}
