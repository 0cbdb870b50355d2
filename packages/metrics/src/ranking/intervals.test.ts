import { stream } from "@ifnormal/core"
import { expect, test } from "vitest"
import {
  auroc,
  aurocInterval,
  averagePrecision,
  bootstrapInterval,
  f1Max,
  meanInterval,
  partialAuroc,
  rankingRows,
} from "../index.js"
import { curveAuroc } from "./auroc.js"
import { curveAveragePrecision } from "./average-precision.js"
import { binomial } from "./binomial.js"
import type { Curve, RankingStatistic } from "./curve.js"
import { curveF1Max } from "./f1-max.js"
import { ROW_DRAWS, rankingIntervals } from "./intervals.js"
import { curvePartialAuroc } from "./partial-auroc.js"

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
  const statistics = [curveAuroc, curveAveragePrecision]
  const both = rankingIntervals(negatives, positives, statistics, { draws: 50, onDraw: (n) => steps.push(n) })
  expect(both).toEqual(
    statistics.map((one) => rankingIntervals(negatives, positives, [one], { draws: 50 })[0]),
  )
  expect(steps).toHaveLength(50)
})

test.each([
  ["lists", averagePrecision],
  ["lists, F1Max", (n: Float64Array, p: Float64Array) => f1Max(n, p).value],
  ["lists, partial", (n: Float64Array, p: Float64Array) => partialAuroc(n, p, 0.2)],
])("counting the drawn scores gives what copying them gives: %s", (_, measure) => {
  const [negatives, positives] = [scores(40), scores(30)]
  const curve: RankingStatistic = {
    lists: curveAveragePrecision,
    "lists, F1Max": (c: Curve) => curveF1Max(c).value,
    "lists, partial": (c: Curve) => curvePartialAuroc(c, 0.2),
  }[_]!
  const [low, high] = rankingIntervals(negatives, positives, [curve], { draws: 50 })[0]!
  const copied = bootstrapInterval([negatives, positives], ([n, p]) => measure(n!, p!), { draws: 50 })
  expect(low).toBeCloseTo(copied[0], 12)
  expect(high).toBeCloseTo(copied[1], 12)
})

test("many scores are drawn as counts, with the interval of drawing them one by one", () => {
  const negatives = Float64Array.from({ length: ROW_DRAWS }, () => random.normal())
  const positives = Float64Array.from({ length: 2000 }, () => random.normal() + 1)
  const statistics: RankingStatistic[] = [
    curveAuroc,
    curveAveragePrecision,
    (curve) => curveF1Max(curve).value,
    (curve) => curvePartialAuroc(curve, 0.05),
  ]
  const counted = rankingIntervals(negatives, positives, statistics, { draws: 4000 })
  // Clusters of one: every row is drawn on its own.
  const rows = rankingIntervals(negatives, positives, statistics, { draws: 300 }, [...positives.keys()])
  counted.forEach(([low, high], s) => {
    // The ends of 300 draws have a standard error of a fortieth of the width; four of them.
    const error = (high - low) / 10
    expect(Math.abs(low - rows[s]![0])).toBeLessThan(error)
    expect(Math.abs(high - rows[s]![1])).toBeLessThan(error)
  })
})

test.each([
  [5, 0.3],
  [1000, 0.002],
  [1000, 0.04],
  [1000, 0.9],
  [5_000_000, 0.25],
])("binomial numbers of %i trials of %d have mean, variance and skewness of theirs", (n, p) => {
  const draws = Float64Array.from({ length: 20_000 }, () => binomial(random, n, p))
  const sd = Math.sqrt(n * p * (1 - p))
  const standard = draws.map((hits) => (hits - n * p) / sd)
  const moment = (power: number) => standard.reduce((sum, z) => sum + z ** power, 0) / standard.length
  // Standard errors of 20 000 draws: 0.007, 0.01 and 0.027 for nearly normal ones; five of them.
  expect(Math.abs(moment(1))).toBeLessThan(0.036)
  expect(Math.abs(moment(2) - 1)).toBeLessThan(0.07)
  expect(Math.abs(moment(3) - (1 - 2 * p) / sd)).toBeLessThan(0.14)
  expect(draws.every((hits) => Number.isInteger(hits) && hits >= 0 && hits <= n)).toBe(true)
})

test("rows of all four numbers carry what is needed to quote them", () => {
  const [negatives, positives] = [scores(60), scores(40).map((v) => v + 1)]
  const rows = rankingRows(negatives, positives, { maxFpr: 0.2, draws: 100, seed: 5 })
  expect(rows.map(({ value }) => value)).toEqual([
    expect.closeTo(auroc(negatives, positives), 12),
    averagePrecision(negatives, positives),
    f1Max(negatives, positives).value,
    partialAuroc(negatives, positives, 0.2),
  ])
  expect(rows[2]!.threshold).toBe(f1Max(negatives, positives).threshold)
  for (const { interval, value, recipe, ...row } of rows) {
    expect(row).toMatchObject({
      n: 100,
      counts: { normal: 60, anomaly: 40 },
      draws: 100,
      seed: 5,
      level: 0.95,
    })
    expect(recipe).toMatch(/; percentile bootstrap over images$/)
    expect(interval![0]).toBeLessThan(value)
    expect(interval![1]).toBeGreaterThan(value)
  }
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
