/** One channel of an image. */
export interface Plane {
  /** [height * width] */
  readonly data: Float64Array
  readonly height: number
  readonly width: number
}

/** Equal weights that add up to 1. */
export function uniform(size: number): Float64Array {
  return new Float64Array(size).fill(1 / size)
}

/** Samples of a Gaussian around the middle, made to add up to 1. */
export function gaussian(size: number, sigma: number): Float64Array {
  const values = Float64Array.from({ length: size }, (_, i) =>
    Math.exp(-((i - (size - 1) / 2) ** 2) / (2 * sigma ** 2)),
  )
  const sum = values.reduce((total, value) => total + value, 0)
  return values.map((value) => value / sum)
}

/**
 * Means under a separable window, only where it lies inside the image.
 * @returns height and width are less by the window's size - 1
 */
export function filter({ data, height, width }: Plane, window: Float64Array): Plane {
  const size = window.length
  const narrow = width - size + 1
  const rows = new Float64Array(height * narrow)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < narrow; x++) {
      let sum = 0
      for (let k = 0; k < size; k++) sum += window[k]! * data[y * width + x + k]!
      rows[y * narrow + x] = sum
    }
  const low = height - size + 1
  const out = new Float64Array(low * narrow)
  for (let i = 0; i < out.length; i++) {
    let sum = 0
    for (let k = 0; k < size; k++) sum += window[k]! * rows[i + k * narrow]!
    out[i] = sum
  }
  return { data: out, height: low, width: narrow }
}

/** The image continued by `pad` pixels on every side as in a mirror, the border itself not doubled; pad < both sides. */
export function reflect({ data, height, width }: Plane, pad: number): Plane {
  const inside = (i: number, side: number) => (i < 0 ? -i : i >= side ? 2 * (side - 1) - i : i)
  const [tall, wide] = [height + 2 * pad, width + 2 * pad]
  const out = new Float64Array(tall * wide)
  for (let y = 0; y < tall; y++)
    for (let x = 0; x < wide; x++)
      out[y * wide + x] = data[inside(y - pad, height) * width + inside(x - pad, width)]!
  return { data: out, height: tall, width: wide }
}
