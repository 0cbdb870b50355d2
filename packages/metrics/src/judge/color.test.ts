import { expect, test } from "vitest"
import { hasColor, hueDistance, hueOf, inkOf, judgeColors, keptColor } from "./color.js"

const ink = (color: readonly number[], intensity = 1, pixels = 10) =>
  inkOf(Array.from({ length: pixels }, () => color.map((c) => c * intensity)).flat(), 3)

test("hues of the pure colors", () => {
  const hues = ["red", "yellow", "green", "cyan", "blue", "magenta"].map((c) => hueOf(...judgeColors[c]!).hue)
  expect(hues).toEqual([0, 60, 120, 180, 240, 300])
  expect(hueOf(0.6, 0.6, 0.6)).toEqual({ hue: Number.NaN, saturation: 0 })
  expect(hueDistance(350, 5)).toBe(15)
})

test.each(Object.keys(judgeColors))("%s is told from the other nine colors", (name) => {
  const same = Object.entries(judgeColors)
    .filter(([, rgb]) => hasColor(ink(rgb, 0.8), judgeColors[name]!))
    .map(([other]) => other)
  // Light green is green with more white in it: one hue.
  expect(same).toEqual(/green/.test(name) ? ["green", "lightgreen"] : [name])
})

test("dark pixels do not color the ink, but weigh in its mass", () => {
  const pixels = [0, 1, 1, 0.2, 0, 0, 0, 0, 0]
  expect(inkOf(pixels, 3)).toEqual({ hue: 180, saturation: 1, mass: 1.2 })
  expect(inkOf([0, 0, 0], 3)).toEqual({ hue: Number.NaN, saturation: 0, mass: 0 })
  expect(inkOf([0.5, 1], 1)).toEqual({ hue: Number.NaN, saturation: 0, mass: 1.5 })
})

test("a kept color", () => {
  expect(keptColor(ink([1, 0.1, 0]), ink([1, 0, 0]))).toBe(true)
  expect(keptColor(ink([1, 0.5, 0]), ink([1, 0, 0]))).toBe(false)
  expect(keptColor(ink([1, 0.9, 0.9]), ink([1, 0, 0]))).toBe(false)
  expect(keptColor(ink([0.5, 0.55, 0.6]), ink([0.6, 0.6, 0.6]))).toBe(true)
  expect(keptColor(ink([0, 1, 1]), ink([0.6, 0.6, 0.6]))).toBe(false)
  expect(keptColor(ink([0, 0, 0]), ink([0.6, 0.6, 0.6]))).toBe(false)
})
