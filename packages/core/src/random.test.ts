import { describe, expect, it } from "vitest"
import { stream } from "./random.js"

describe("stream", () => {
  it("depends on seed and path only", () => {
    const first = stream(1, "alpha", 7)
    first.fork("x").uniform()
    const a = [first.uniform(), first.uniform()]
    const again = stream(1, "alpha", 7)
    expect([again.uniform(), again.uniform()]).toEqual(a)
    expect(stream(2, "alpha", 7).uniform()).not.toBe(a[0])
    expect(stream(1, "alpha", 8).uniform()).not.toBe(a[0])
    expect(stream(1, "alpha7").uniform()).not.toBe(a[0])
    expect(stream(1, "a").fork("b", 2).uniform()).toBe(stream(1, "a", "b", 2).uniform())
  })

  it("gives these numbers on every platform", () => {
    const random = stream(1, "golden")
    expect([random.uniform(), random.int(1000), random.normal()]).toMatchInlineSnapshot(`
      [
        0.46626740504837916,
        910,
        -1.053430810793429,
      ]
    `)
  })

  it("is uniform, and normal", () => {
    const random = stream(3)
    const uniform = Array.from({ length: 20000 }, () => random.uniform())
    const normal = Array.from({ length: 20000 }, () => random.normal())
    const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...uniform)).toBeLessThan(1)
    expect(mean(uniform)).toBeCloseTo(0.5, 2)
    expect(mean(normal)).toBeCloseTo(0, 1)
    expect(mean(normal.map((v) => v * v))).toBeCloseTo(1, 1)
    expect(new Set(Array.from({ length: 200 }, () => random.int(3)))).toEqual(new Set([0, 1, 2]))
  })
})
