import type { ImageShape } from "@ifnormal/core"
import { describe, expect, test } from "vitest"
import { formulaPair } from "../../../../tools/reference/lpips_formula.mjs"
import golden from "./__golden__/ssim.json" with { type: "json" }
import { SSIM_RECIPES, ssim, ssimMinimumSide, ssimRecipe } from "./ssim.js"

/** The byte images of a golden case, by its name. */
const constants: Readonly<Record<string, readonly [number, number]>> = {
  "two constants": [40, 200],
  "equal constants": [90, 90],
  "black and black": [0, 0],
}
function pairOf(name: string, shape: ImageShape): [Uint8Array, Uint8Array] {
  const formula = formulaPair(shape)
  const filled = (value: number) => new Uint8Array(formula[0].length).fill(value)
  if (name === "constant and texture") return [filled(128), formula[0]]
  const values = constants[name]
  return values ? [filled(values[0]), filled(values[1])] : formula
}

describe.each(golden.cases)("$name", ({ name, shape, range, values }) => {
  const [a, b] = pairOf(name, shape as unknown as ImageShape).map((bytes) =>
    Float64Array.from(bytes, (byte) => byte * (range / 255)),
  )
  test.each(Object.entries(values))("%s gives %f", (recipe, expected) => {
    const options = { recipe: recipe as (typeof SSIM_RECIPES)[number], dataRange: range }
    expect(Math.abs(ssim(a!, b!, shape as unknown as ImageShape, options) - expected)).toBeLessThan(1e-10)
  })
})

const flat = new Float32Array(12 * 12).fill(0.5)
const noise = Float32Array.from(formulaPair([12, 12, 1])[0], (byte) => byte / 255)

test.each(SSIM_RECIPES)("%s: symmetric, 1 for equal images, below 1 otherwise", (recipe) => {
  const of = (a: Float32Array, b: Float32Array) => ssim(a, b, [12, 12, 1], { recipe, dataRange: 1 })
  expect(of(noise, noise)).toBeCloseTo(1, 12)
  expect(of(flat, flat)).toBeCloseTo(1, 12)
  expect(of(flat, noise)).toBe(of(noise, flat))
  expect(of(flat, noise)).toBeLessThan(0.5)
})

test.each(SSIM_RECIPES)("%s is refused below the side at which the peer refuses", (recipe) => {
  const side = golden.minimum[recipe]
  expect(ssimMinimumSide(recipe)).toBe(side)
  const small = new Float32Array((side - 1) * 20)
  expect(() => ssim(small, small, [side - 1, 20, 1], { recipe, dataRange: 1 })).toThrow(
    `SSIM as ${recipe} computes it needs images of at least ${side}x${side} pixels, found 20x${side - 1}.`,
  )
})

test.each([
  ["two sizes", flat, new Float32Array(143), 1, "ssim-shape"],
  ["nothing", [], [], 1, "ssim-shape"],
  ["NaN", flat, new Float32Array(144).fill(Number.NaN), 1, "ssim-nan"],
  ["infinity", flat, new Float32Array(144).fill(Number.POSITIVE_INFINITY), 1, "ssim-nan"],
  ["a data range of 0", flat, flat, 0, "ssim-range"],
  ["a data range of NaN", flat, flat, Number.NaN, "ssim-range"],
] as const)("%s is refused", (_, a, b, dataRange, code) => {
  expect(() => ssim(a, b, [12, 12, 1], { dataRange })).toThrow(expect.objectContaining({ code }))
})

test("the recipe names window, border and data range", () => {
  expect(ssimRecipe({ dataRange: 255 })).toBe(
    "SSIM (scikit-image defaults: uniform 7x7, sample covariance, border of 3 left out), K1 0.01, K2 0.03, data range 255",
  )
})
