import { expect, test } from "vitest"
import { allOrNone, shareInterval } from "./share-interval.js"

// scipy 1.17.1: binomtest(hits, n).proportion_ci(method="wilson")
test.each([
  [17, 17, 0.8156818649911483, 1],
  [0, 17, 0, 0.1843181350088518],
  [3, 8, 0.13684428582359737, 0.6942576053973728],
  [940, 1000, 0.9235289252086434, 0.953103527324068],
])("%i of %i: as scipy", (hits, n, low, high) => {
  const interval = shareInterval(hits, n)
  expect(interval[0]).toBeCloseTo(low, 12)
  expect(interval[1]).toBeCloseTo(high, 12)
})

test("all or none: Wilson over images, not over their counterfactuals; nothing where some hit", () => {
  expect(allOrNone([1, 1, 1, 1], 2)).toEqual({ interval: shareInterval(2, 2), level: 0.95 })
  expect(allOrNone([0, 0], 2)).toEqual({ interval: shareInterval(0, 2), level: 0.95 })
  expect(allOrNone([0, 1], 2)).toBeUndefined()
  expect(allOrNone([0.5, 0.5], 2)).toBeUndefined()
  expect(allOrNone([1, 1], 2, 0.9)).toBeUndefined()
})
