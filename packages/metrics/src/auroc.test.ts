import { readFileSync } from "node:fs"
import { stream } from "@ifnormal/core"
import { describe, expect, test } from "vitest"
import { auroc, aurocInterval, bootstrapInterval, meanInterval } from "./index.js"

interface Golden {
  cases: { name: string; negatives: number[]; positives: number[]; auroc: number }[]
}
const golden: Golden = JSON.parse(readFileSync(new URL("./__golden__/auroc.json", import.meta.url), "utf8"))

const random = stream(1, "auroc.test")
/** Scores on a coarse grid, so that ties occur. */
const scores = (length: number) => Float64Array.from({ length }, () => random.int(12) / 4)

/** The definition, pair by pair. */
function byPairs(negatives: ArrayLike<number>, positives: ArrayLike<number>): number {
  let wins = 0
  for (const p of Array.from(positives))
    for (const n of Array.from(negatives)) wins += p > n ? 1 : p === n ? 0.5 : 0
  return wins / (negatives.length * positives.length)
}

test.each(golden.cases)(
  "auroc agrees with scikit-learn: $name",
  ({ negatives, positives, auroc: expected }) => {
    expect(auroc(negatives, positives)).toBeCloseTo(expected, 12)
  },
)

describe("auroc, on random scores with ties", () => {
  test.each(Array.from({ length: 20 }, (_, i) => i))("draw %i", () => {
    const [negatives, positives] = [scores(1 + random.int(30)), scores(1 + random.int(30))]
    const value = auroc(negatives, positives)
    expect(value).toBe(byPairs(negatives, positives))
    expect(auroc(positives, negatives)).toBeCloseTo(1 - value, 12)
    const monotone = (v: number) => Math.exp(50 * v) - 3
    expect(auroc(negatives.map(monotone), positives.map(monotone))).toBe(value)
    expect(auroc(negatives.toReversed(), positives.toReversed())).toBe(value)
  })
})

test("auroc takes infinite scores and leaves its input alone", () => {
  const negatives = [3, Number.NEGATIVE_INFINITY, 1]
  expect(auroc(negatives, [Number.POSITIVE_INFINITY, 2])).toBe(5 / 6)
  expect(negatives[0]).toBe(3)
})

test("auroc refuses NaN and empty lists", () => {
  expect(() => auroc([0, Number.NaN], [1])).toThrow(/negatives hold NaN at position 1 of 2/)
  expect(() => auroc([0], [])).toThrow(/1 negatives and 0 positives/)
})

test("bootstrap intervals depend on the seed alone and surround the value", () => {
  const [negatives, positives] = [scores(200), scores(150).map((v) => v + 0.5)]
  const value = auroc(negatives, positives)
  const interval = aurocInterval(negatives, positives, { draws: 300 })
  expect(aurocInterval(negatives, positives, { draws: 300 })).toEqual(interval)
  expect(aurocInterval(negatives, positives, { draws: 300, seed: 2 })).not.toEqual(interval)
  expect(interval[0]).toBeLessThan(value)
  expect(interval[1]).toBeGreaterThan(value)
})

test("the fast path for AuROC draws the same images as the general one", () => {
  const [negatives, positives] = [scores(40).sort(), scores(30).sort()]
  expect(aurocInterval(negatives, positives, { draws: 50 })).toEqual(
    bootstrapInterval([negatives, positives], ([n, p]) => auroc(n!, p!), { draws: 50 }),
  )
})

test("the interval of a mean is as wide as the normal approximation says", () => {
  const values = Float64Array.from({ length: 400 }, () => random.normal())
  const [low, high] = meanInterval(values, { draws: 2000 })
  expect(high - low).toBeGreaterThan(0.17)
  expect(high - low).toBeLessThan(0.23)
})

test("bootstrap refuses empty lists and NaN", () => {
  expect(() => meanInterval([])).toThrow(/List 1 of 1 has no values/)
  expect(() => meanInterval([Number.NaN])).toThrow(/NaN/)
})
