import { describe, expect, test } from "vitest"
import { lcg } from "../test/fixture.js"
import { maskOutline } from "./outline.js"
import { bestOf } from "./page/best.js"
import { heatColor } from "./page/heat.js"
import { median } from "./reached.js"
import { shrink, shrinkFactors } from "./shrink.js"

describe("colors of heatmaps", () => {
  test("no strength is the dimmed gray pixel, more is brighter", () => {
    expect(heatColor(0, 200)).toEqual([100, 100, 100])
    const light = [0.5, 0.75, 1].map((value) => heatColor(value, 0).reduce((a, b) => a + b))
    expect(light).toEqual(light.toSorted((a, b) => a - b))
    expect(new Set(light).size).toBe(3)
    expect(heatColor(2, 0)).toEqual(heatColor(1, 0).map((c) => Math.min(255, c)))
  })
})

describe("outlines of masks", () => {
  test("run along the edges, at the border of the image too, and around holes", () => {
    expect(maskOutline(new Uint8Array(4), 2, 2)).toBe("")
    expect(maskOutline(Uint8Array.of(255, 255, 0, 0), 2, 2)).toBe("M0 0H2M0 1H2M0 0V1M2 0V1")
    const ring = Uint8Array.of(1, 1, 1, 1, 0, 1, 1, 1, 1)
    expect(maskOutline(ring, 3, 3)).toBe("M0 0H3M1 1H2M1 2H2M0 3H3M0 0V3M1 1V2M2 1V2M3 0V3")
  })

  test("of a ragged mask are coarse and short", () => {
    const random = lcg(3)
    const ragged = Uint8Array.from({ length: 250 * 130 }, () => (random() < 0.3 ? 255 : 0))
    const path = maskOutline(ragged, 250, 130)
    expect(path.length).toBeLessThanOrEqual(6000)
    expect(path).not.toBe("")
    for (const [, x] of path.matchAll(/[MH](\d+)/g)) expect(Number(x)).toBeLessThanOrEqual(130)
  })
})

describe("shrinking", () => {
  test("to at most 256 pixels, and further down to 112", () => {
    const factors = [16, 128, 223, 224, 256, 257, 512, 600].map((side) => shrinkFactors(10, side))
    expect(factors).toEqual([[1], [1], [1], [1, 2], [1, 2], [2], [2, 3, 4], [3, 4, 5]])
  })

  test("takes the mean of blocks and cuts what is left over", () => {
    const bytes = Uint8Array.of(0, 10, 9, 20, 30, 9)
    expect([...shrink(bytes, [2, 3, 1], 2)]).toEqual([15])
    const color = Uint8Array.of(0, 1, 2, 2, 4, 8, 0, 1, 2, 2, 2, 0)
    expect([...shrink(color, [2, 2, 3], 2)]).toEqual([1, 2, 3])
  })
})

test("the best counterfactual is by stamp, then by distance", () => {
  const made = (status: "valid" | "fragile" | "too-far", distance: number) => ({
    ...{ status, distance },
    ...{ concept: 0, alpha: 0, score: 0, image: 0 },
  })
  const near = made("valid", 0.1)
  expect(bestOf([made("fragile", 0), made("valid", 0.2), near, made("too-far", 0)])).toBe(near)
  expect(bestOf([])).toBeUndefined()
})

test("the median skips what is not there", () => {
  expect(median([3, undefined, 1, Number.NaN, 2])).toBe(2)
  expect(median([4, 1])).toBe(2.5)
  expect(median([undefined])).toBeUndefined()
})
