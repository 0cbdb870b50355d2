import { stream } from "@ifnormal/core"
import { expect, test } from "vitest"
import {
  auroc,
  aurocInterval,
  averagePrecision,
  bootstrapInterval,
  meanInterval,
  rankingIntervals,
} from "../index.js"

const random = stream(1, "intervals.test")
/** Scores on a coarse grid, so that ties occur. */
const scores = (length: number) => Float64Array.from({ length }, () => random.int(12) / 4)

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

test("intervals of several statistics see the same draws", () => {
  const [negatives, positives] = [scores(40), scores(30)]
  const steps: number[] = []
  const statistics = [auroc, averagePrecision]
  const both = rankingIntervals(negatives, positives, statistics, { draws: 50, onDraw: (n) => steps.push(n) })
  expect(both).toEqual(
    statistics.map((one) => rankingIntervals(negatives, positives, [one], { draws: 50 })[0]),
  )
  expect(steps).toHaveLength(50)
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
