import { describe, expect, test } from "vitest"
import { changeColor, changeMap } from "./page/change.js"

const pixels = (...colors: number[][]) => Uint8ClampedArray.from(colors.flatMap((color) => [...color, 255]))

describe("signed change map", () => {
  test("no change is white, brighter is red, darker is blue", () => {
    expect(changeColor(0)).toEqual([255, 255, 255])
    const [red, , blue] = changeColor(0.8)
    expect(red).toBeGreaterThan(blue)
    const [darkRed, , darkBlue] = changeColor(-0.8)
    expect(darkBlue).toBeGreaterThan(darkRed)
  })

  test("counts pixels beyond the threshold, per channel and by luminance", () => {
    const original = pixels([255, 0, 0], [0, 0, 0], [10, 10, 10])
    const made = pixels([0, 255, 255], [0, 0, 0], [20, 20, 20])
    expect(changeMap(original, made, "luminance").changed).toBeCloseTo(1 / 3)
    expect(changeMap(original, made, 0).changed).toBeCloseTo(1 / 3)
    // Red falls from 1 to 0: the full blue end.
    expect([...changeMap(original, made, 0).rgba.slice(0, 3)]).toEqual([23, 78, 166])
    // Blue rises: the red end.
    expect([...changeMap(original, made, 2).rgba.slice(0, 3)]).toEqual([190, 24, 40])
  })
})
