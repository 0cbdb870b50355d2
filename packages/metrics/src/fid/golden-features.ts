import type { FeatureMatrix } from "./feature-matrix.js"

/** Features of a golden case; tools/reference/fid.py has the same formula. */
export interface GoldenFeatures {
  readonly seed: number
  readonly n: number
  readonly d: number
  /** Added to even dimensions. */
  readonly shift?: number
  /** Number of independent dimensions. */
  readonly rank?: number
  /** Last dimensions that are 0. */
  readonly dead?: number
  /** All images are the first. */
  readonly constant?: boolean
}

/** Features whose spectrum falls with the dimension, from a linear congruential generator. */
export function goldenFeatures(spec: GoldenFeatures): FeatureMatrix {
  const { seed, n, d, shift = 0, rank = d, dead = 0, constant = false } = spec
  let state = seed
  const uniform = () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const latent = Float64Array.from({ length: n * rank }, () => uniform() + uniform() + uniform() - 1.5)
  const data = new Float32Array(n * d)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < d - dead; j++) {
      const scale = 4 / ((1 + j / 8) * (1 + j / 8))
      const value = latent[(constant ? 0 : i) * rank + (j % rank)]!
      data[i * d + j] = value * scale + (j % 2 === 0 ? shift : 0.5)
    }
  return { data, length: n, dimensions: d }
}
