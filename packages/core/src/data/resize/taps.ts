/** Which pixels of a line make each pixel of the resized line, and with what weights. */
export interface Taps {
  /** [out] first pixel that counts. */
  readonly first: Int32Array
  /** [out] how many from there on. */
  readonly count: Int32Array
  /** [out * width] weights, `width` places for each pixel of the result. */
  readonly weights: Float64Array
  readonly width: number
}

/** Two neighbors, the second with weight `d`; the last pixel stands for what lies beyond it. */
function neighbors(length: number, size: number, position: (index: number) => number): Taps {
  const first = new Int32Array(size)
  const count = new Int32Array(size)
  const weights = new Float64Array(2 * size)
  for (let i = 0; i < size; i++) {
    const at = position(i)
    const low = Math.min(Math.floor(at), length - 1)
    const d = low === length - 1 ? 0 : Math.fround(at - low)
    first[i] = low
    count[i] = d === 0 ? 1 : 2
    weights[2 * i] = Math.fround(1 - d)
    weights[2 * i + 1] = d
  }
  return { first, count, weights, width: 2 }
}

/**
 * TensorFlow 1's bilinear: src = dst * in / out, so no half-pixel shift and nothing outside. In float32 as torch-fidelity
 * computes it (interpolate_compat_tensorflow.py).
 */
export function tensorflowTaps(length: number, size: number): Taps {
  const scale = Math.fround(length / size)
  return neighbors(length, size, (i) => Math.fround(i * scale))
}

/** PyTorch's bilinear with align_corners=False: src = (dst + 0.5) in / out - 0.5, not below 0, in float32. */
export function torchTaps(length: number, size: number): Taps {
  const scale = Math.fround(length / size)
  return neighbors(length, size, (i) => Math.max(0, Math.fround(scale * (i + 0.5) - 0.5)))
}

/**
 * A filter that widens by the factor of reduction (Pillow's precompute_coeffs in float64; PyTorch took it over for
 * antialias=True, in float32). Weights are divided by their sum.
 * @param radius of the filter, in pixels of the larger of both grids
 * @param round what every step is rounded to, float64 by default
 */
export function filterTaps(
  length: number,
  size: number,
  radius: number,
  filter: (x: number) => number,
  round: (x: number) => number = (x) => x,
): Taps {
  const scale = round(length / size)
  const stretch = Math.max(scale, 1)
  const inverse = round(1 / stretch)
  const support = round(radius * stretch)
  const width = Math.ceil(support) * 2 + 1
  const first = new Int32Array(size)
  const count = new Int32Array(size)
  const weights = new Float64Array(width * size)
  for (let i = 0; i < size; i++) {
    const center = round(scale * (i + 0.5))
    const low = Math.max(0, Math.trunc(round(center - support) + 0.5))
    const high = Math.min(length, Math.trunc(round(center + support) + 0.5))
    let sum = 0
    for (let j = low; j < high; j++) {
      const weight = round(filter(round((round(j - center) + 0.5) * inverse)))
      weights[i * width + j - low] = weight
      sum = round(sum + weight)
    }
    if (sum !== 0)
      for (let j = i * width; j < i * width + high - low; j++) weights[j] = round(weights[j]! / sum)
    first[i] = low
    count[i] = high - low
  }
  return { first, count, weights, width }
}

/** Radius 1: bilinear. */
export const triangle = (x: number): number => Math.max(0, 1 - Math.abs(x))

/** Radius 2: Keys' cubic with a = -0.5, Pillow's bicubic. */
export function cubic(x: number): number {
  const t = Math.abs(x)
  const a = -0.5
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1
  return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))

/** Radius 3: Lanczos' windowed sinc. */
export const lanczos = (x: number): number => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0)
