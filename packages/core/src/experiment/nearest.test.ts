import { expect, test } from "vitest"
import { didYouMean, nearest } from "./nearest.js"

test("the nearest name is found, letter case apart", () => {
  expect(nearest("Generater", ["detector", "generator"])).toBe("generator")
  expect(didYouMean("COLOR", ["color"])).toBe(' Did you mean "color"?')
})

test("nothing is near where nothing is alike or known", () => {
  expect(nearest("zzzz", ["detector", "generator"])).toBeUndefined()
  expect(didYouMean("anything", [])).toBe("")
})
