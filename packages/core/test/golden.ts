import * as tf from "@tensorflow/tfjs-core"
import { expect } from "vitest"

/** scale sin(step i + phase), rounded to multiples of scale / levels where that is not 0: tools/reference/golden.py. */
export interface Wave {
  readonly shape: readonly number[]
  readonly step: number
  readonly phase: number
  readonly scale: number
  readonly levels: number
}

export interface GoldenCase {
  readonly inputs: Readonly<Record<string, Wave>>
  readonly dy: Wave
  readonly value: readonly number[]
  readonly gradients: Readonly<Record<string, readonly number[]>>
}

export function wave({ shape, step, phase, scale, levels }: Wave): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1)
  const values = Float32Array.from({ length: size }, (_, i) => {
    const value = Math.sin(step * i + phase)
    return (levels > 0 ? Math.floor(value * levels + 0.5) / levels : value) * scale
  })
  return tf.tensor(values, [...shape])
}

/** Equal up to 1e-5 of the largest magnitude; both sides are sums of some hundred terms. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: readonly number[],
  what: string,
  tolerance = 1e-5,
): void {
  expect(actual.length, what).toBe(expected.length)
  const scale = Math.max(...expected.map(Math.abs), 1e-3)
  const worst = Math.max(...expected.map((value, i) => Math.abs(actual[i]! - value)))
  expect(worst / scale, what).toBeLessThan(tolerance)
}
