import { stream } from "@ifnormal/core"
import { expect, test } from "vitest"
import type { FeatureMatrix } from "./feature-matrix.js"
import { frechetDistance } from "./frechet.js"
import { kid } from "./kid.js"
import { frechetInterval, kidInterval } from "./set-intervals.js"

function normal(name: string, length: number, dimensions: number, shift: number): FeatureMatrix {
  const random = stream(1, name)
  const data = Float32Array.from({ length: length * dimensions }, () => random.normal() + shift)
  return { data, length, dimensions }
}

test.each([2, 30])(
  "intervals of %s features lie around the value and depend on the seed alone",
  async (d) => {
    const [a, b] = [normal("a", 40, d, 0), normal("b", 25, d, 1)]
    const distance = await frechetDistance(a, b)
    const first = await frechetInterval(a, b, distance, { draws: 60, seed: 3 })
    expect(first).toMatchObject({ draws: 60, seed: 3, level: 0.95 })
    expect(await frechetInterval(a, b, distance, { draws: 60, seed: 3 })).toEqual(first)
    const { value } = await kid(a, b)
    const second = await kidInterval(a, b, { draws: 60 })
    for (const [found, around] of [
      [first, distance],
      [second, value],
    ] as const) {
      const [low, high] = "missing" in found ? [Number.NaN, Number.NaN] : found.interval
      expect(low).toBeLessThan(around)
      expect(high).toBeGreaterThan(around)
    }
  },
)
