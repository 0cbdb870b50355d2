import { readFileSync } from "node:fs"
import { stream } from "@ifnormal/core"
import { describe, expect, test } from "vitest"
import { auroc, averagePrecision, f1Max, partialAuroc } from "../index.js"
import { sortScores } from "./sort.js"

interface Golden {
  maxFpr: number[]
  cases: {
    name: string
    negatives: number[]
    positives: number[]
    auroc: number
    averagePrecision: number
    f1Max: number
    threshold: number
    partialAuroc: number[]
  }[]
}
const golden: Golden = JSON.parse(readFileSync(new URL("./__golden__/ranking.json", import.meta.url), "utf8"))

/** The bar of this project. */
const near = (found: number, expected: number) =>
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-12)

test("the golden file has 50 random and 10 degenerate inputs", () => {
  expect(golden.cases).toHaveLength(60)
})

test.each(golden.cases)("as scikit-learn: $name", ({ negatives, positives, ...expected }) => {
  near(auroc(negatives, positives), expected.auroc)
  near(averagePrecision(negatives, positives), expected.averagePrecision)
  const { value, threshold } = f1Max(negatives, positives)
  near(value, expected.f1Max)
  expect(threshold - expected.threshold).toBe(0)
  golden.maxFpr.forEach((limit, i) => {
    near(partialAuroc(negatives, positives, limit), expected.partialAuroc[i]!)
  })
})

const random = stream(1, "ranking.test")
/** Scores on a coarse grid, so that ties occur. */
const scores = (length: number) => Float64Array.from({ length }, () => random.int(12) / 4)
const measures = {
  auroc,
  averagePrecision,
  f1Max: (n: Float64Array, p: Float64Array) => f1Max(n, p).value,
  partialAuroc: (n: Float64Array, p: Float64Array) => partialAuroc(n, p, 0.2),
}

/** The definition of AuROC, pair by pair. */
function byPairs(negatives: Float64Array, positives: Float64Array): number {
  let wins = 0
  for (const p of positives) for (const n of negatives) wins += p > n ? 1 : p === n ? 0.5 : 0
  return wins / (negatives.length * positives.length)
}

describe.each(Array.from({ length: 20 }, (_, i) => i))("random scores with ties, draw %i", () => {
  const [negatives, positives] = [scores(1 + random.int(30)), scores(1 + random.int(30))]

  test("AuROC equals pair counting, and its complement when the lists are swapped", () => {
    expect(auroc(negatives, positives)).toBe(byPairs(negatives, positives))
    near(auroc(positives, negatives), 1 - auroc(negatives, positives))
    near(partialAuroc(negatives, positives, 1), auroc(negatives, positives))
  })

  test.each(Object.entries(measures))("%s depends on the order of the scores alone", (_, measure) => {
    const value = measure(negatives, positives)
    for (const increasing of [
      (v: number) => Math.exp(50 * v) - 3,
      (v: number) => (v - 1) * 1e300,
      (v: number) => (v === 0 ? Number.NEGATIVE_INFINITY : v === 2.75 ? Number.POSITIVE_INFINITY : v),
    ])
      expect(measure(negatives.map(increasing), positives.map(increasing))).toBe(value)
    expect(measure(negatives.toReversed(), positives.toReversed())).toBe(value)
  })

  test("F1 at the threshold is the value, and no threshold has more", () => {
    const at = (threshold: number) => {
      const hits = positives.filter((v) => v >= threshold).length
      return (2 * hits) / (hits + negatives.filter((v) => v >= threshold).length + positives.length)
    }
    const { value, threshold } = f1Max(negatives, positives)
    near(at(threshold), value)
    for (const other of [...negatives, ...positives]) {
      expect(at(other)).toBeLessThanOrEqual(value + 1e-12)
      if (other < threshold) expect(at(other)).toBeLessThan(value)
    }
  })
})

test("infinite scores take part, and the input stays as it is", () => {
  const negatives = [3, Number.NEGATIVE_INFINITY, 1]
  expect(auroc(negatives, [Number.POSITIVE_INFINITY, 2])).toBe(5 / 6)
  expect(f1Max([Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY]).threshold).toBe(
    Number.NEGATIVE_INFINITY,
  )
  expect(negatives).toEqual([3, Number.NEGATIVE_INFINITY, 1])
})

test.each(Object.entries(measures))("%s refuses NaN and empty lists", (_, measure) => {
  const [none, one] = [Float64Array.of(), Float64Array.of(0)]
  expect(() => measure(Float64Array.of(0, Number.NaN), one)).toThrow(/negatives hold NaN at position 1 of 2/)
  expect(() => measure(one, Float64Array.of(Number.NaN))).toThrow(/positives hold NaN at position 0 of 1/)
  expect(() => measure(one, none)).toThrow(/1 negatives and 0 positives/)
  expect(() => measure(none, one)).toThrow(/0 negatives and 1 positives/)
})

test("a partial AuROC has a limit above 0 and up to 1", () => {
  for (const limit of [0, -0.1, 1.1, Number.NaN])
    expect(() => partialAuroc([0], [1], limit)).toThrow(/expected a false positive rate/)
})

test.each([
  ["random", () => random.normal()],
  ["with ties", () => random.int(100)],
  ["one value", () => 7],
  ["differing in the low bits", () => 1 + random.int(1000) * Number.EPSILON],
  ["of every size", () => random.normal() * 10 ** (random.int(600) - 300)],
  [
    "with infinities",
    () => [Number.NEGATIVE_INFINITY, -1, 0, 5e-324, Number.POSITIVE_INFINITY][random.int(5)]!,
  ],
])("long lists are sorted as by the engine: %s", (_, draw) => {
  const list = Float64Array.from({ length: 20_000 }, draw)
  const before = list.slice()
  expect(sortScores(list)).toEqual(before.toSorted())
  expect(list).toEqual(before)
})
