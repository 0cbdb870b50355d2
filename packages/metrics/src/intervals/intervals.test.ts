import { readFileSync } from "node:fs"
import { type RandomStream, stream } from "@ifnormal/core"
import { describe, expect, test } from "vitest"
import { mean } from "../numbers.js"
import { auroc } from "../ranking/auroc.js"
import { aurocInterval } from "../ranking/intervals.js"
import { bootstrapInterval, clusterInterval, meanInterval } from "./bootstrap.js"
import { bootstrapFields } from "./options.js"
import { pairedDifference, pairedRanking } from "./paired.js"
import { meanPerImage } from "./per-image.js"
import { distribution, expand, percentiles, redraw } from "./redraw.js"
import { overSeeds } from "./seeds.js"

interface Golden {
  fixed: {
    statistic: string
    lists: number[][]
    draws: number
    level: number
    rows: number[][][]
    interval: number[]
  }[]
  values: number[]
  other: number[]
  simulated: { statistic: string; interval: number[]; error: number }[]
  seeds: { values: number[]; mean: number; std: number }
}
const golden: Golden = JSON.parse(
  readFileSync(new URL("./__golden__/bootstrap.json", import.meta.url), "utf8"),
)

const median = (values: Float64Array) => {
  const sorted = values.toSorted()
  const half = Math.floor(sorted.length / 2)
  return sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}
const statistics: Record<string, (lists: Float64Array[]) => number> = {
  mean: ([a]) => mean(a!),
  median: ([a]) => median(a!),
  "difference of means": ([a, b]) => mean(b!) - mean(a!),
}

/** Hands out numbers that were drawn before. */
function stored(numbers: number[]): RandomStream {
  const left = numbers.values()
  return { ...stream(1), int: () => left.next().value! }
}

test.each(golden.fixed)("as scipy on the same draws: $statistic of $lists.length, level $level", (golden) => {
  const { lists, draws, level, rows, interval } = golden
  const randoms = rows.map((list) => stored(list.flat()))
  const columns = lists.map((list) => ({ draw: redraw(list.length), counts: new Uint32Array(list.length) }))
  const sorted = distribution({ draws }, () =>
    statistics[golden.statistic]!(
      lists.map((list, l) => {
        columns[l]!.draw(randoms[l]!, columns[l]!.counts)
        return expand(list, columns[l]!.counts)
      }),
    ),
  )
  const found = percentiles(sorted, { level })
  expect(found[0]).toBeCloseTo(interval[0]!, 12)
  expect(found[1]).toBeCloseTo(interval[1]!, 12)
})

describe("as 100 000 draws of scipy, within the error of a simulation", () => {
  const { values, other } = golden
  const options = { draws: 20_000, seed: 4 }
  const found: Record<string, readonly [number, number]> = {
    mean: meanInterval(values, options),
    share: meanInterval(
      values.map((value) => (value > 1 ? 1 : 0)),
      options,
    ),
    "difference of pairs": pairedDifference(values, other, undefined, options).interval,
    "mean of clusters of five": clusterInterval(
      values,
      values.map((_, i) => Math.floor(i / 5)),
      undefined,
      options,
    ),
  }
  test.each(golden.simulated)("$statistic", ({ statistic, interval, error }) => {
    // The 2.5 % point of 20 000 draws has a standard error of 0.019 standard deviations; five of them.
    for (const end of [0, 1])
      expect(Math.abs(found[statistic]![end]! - interval[end]!)).toBeLessThan(0.1 * error)
  })
})

const random = stream(1, "intervals.test")
/** Scores on a coarse grid, so that ties occur. */
const scores = (length: number, shift = 0) => Float64Array.from({ length }, () => random.int(12) / 4 + shift)

describe("clusters", () => {
  const values = scores(80)
  const fivefold = Array.from(values).flatMap((value) => Array(5).fill(value))
  const image = fivefold.map((_, i) => 100 + Math.floor(i / 5))

  test("five equal values of an image say what one says; drawn one by one they would say too much", () => {
    const single = meanInterval(values)
    const cluster = clusterInterval(fivefold, image)
    expect(cluster[0]).toBeCloseTo(single[0], 12)
    expect(cluster[1]).toBeCloseTo(single[1], 12)
    const rows = meanInterval(fivefold)
    expect((rows[1] - rows[0]) / (single[1] - single[0])).toBeCloseTo(1 / Math.sqrt(5), 1)
  })

  test("clusters of one are images", () => {
    expect(clusterInterval(values, Array.from(values.keys()))).toEqual(meanInterval(values))
    expect(clusterInterval(values, Array.from(values.keys()), median)).toEqual(
      bootstrapInterval([values], ([list]) => median(list!)),
    )
  })

  test("of unequal size weigh each value the same", () => {
    const [low, high] = clusterInterval([1, 1, 1, 0], [7, 7, 7, 9])
    expect([low, high]).toEqual([0, 1])
    expect(() => clusterInterval([1, 2], [1])).toThrow(/values 2, clusters 1/)
  })

  test("AuROC redraws the positives of an image together", () => {
    const [negatives, positives] = [scores(60), scores(50, 0.5)]
    const threefold = Array.from(positives).flatMap((score) => [score, score, score])
    const ids = threefold.map((_, i) => Math.floor(i / 3))
    const single = aurocInterval(negatives, positives)
    expect(aurocInterval(negatives, threefold, {}, ids)).toEqual(single)
    const rows = aurocInterval(negatives, threefold)
    expect(rows[1] - rows[0]).toBeLessThan(single[1] - single[0])
  })

  test("per image: rows are averaged, in the order of the images", () => {
    expect(meanPerImage([4, 2, 4], [1, 5, 2])).toEqual({
      index: Int32Array.of(4, 2),
      values: Float64Array.of(1.5, 5),
    })
  })
})

describe("paired differences", () => {
  test("of images that are hard for both is narrower than each alone", () => {
    const a = Float64Array.from({ length: 200 }, () => 3 * random.normal())
    const b = a.map((value) => value + 0.2 + 0.1 * random.normal())
    const found = pairedDifference(a, b)
    expect(found).toMatchObject({
      n: 200,
      a: mean(a),
      b: mean(b),
      above: 1,
      seed: 1,
      draws: 1000,
      level: 0.95,
    })
    expect(found.difference).toBeCloseTo(mean(b) - mean(a), 12)
    const [low, high] = found.interval
    expect(low).toBeGreaterThan(0.17)
    expect(high).toBeLessThan(0.23)
    const alone = meanInterval(a)
    expect(high - low).toBeLessThan((alone[1] - alone[0]) / 10)
  })

  test("swapped, everything is mirrored", () => {
    const [a, b] = [scores(40), scores(40, 0.1)]
    const [there, back] = [pairedDifference(a, b, median), pairedDifference(b, a, median)]
    expect(back.difference).toBe(-there.difference)
    expect(back.interval[0]).toBeCloseTo(-there.interval[1], 12)
    expect(back.above).toBeCloseTo(1 - there.above, 12)
  })

  test("equal lists differ by nothing, half of the draws", () => {
    const a = scores(20)
    expect(pairedDifference(a, a)).toMatchObject({ difference: 0, interval: [0, 0], above: 0.5 })
  })

  test("of AuROC: the fast path and the general one agree, and each image is drawn for both", () => {
    const [negatives, positives] = [scores(40), scores(30, 0.5)]
    const a = { negatives, positives }
    const b = { negatives: scores(40), positives: positives.map((score) => score + 0.3) }
    const fast = pairedRanking(a, b, undefined, { draws: 100 })
    const general = pairedRanking(a, b, (n, p) => auroc(n, p), { draws: 100 })
    expect(fast).toEqual(general)
    expect(fast.difference).toBe(auroc(b.negatives, b.positives) - auroc(negatives, positives))
    // The order of the scores is what counts: a monotone map changes nothing, whatever is drawn.
    const mapped = { negatives: negatives.map(Math.exp), positives: positives.map(Math.exp) }
    expect(pairedRanking(a, mapped)).toMatchObject({ difference: 0, interval: [0, 0] })
  })

  test("lists of different length, empty lists and NaN are refused", () => {
    expect(() => pairedDifference([1, 2], [1])).toThrow(/a 2, b 1/)
    expect(() => pairedDifference([], [])).toThrow(/no values/)
    expect(() => pairedDifference([1], [Number.NaN])).toThrow(/values of b hold NaN at position 0/)
    expect(() => pairedRanking({ negatives: [1], positives: [] }, { negatives: [1], positives: [] })).toThrow(
      /no values/,
    )
  })
})

describe("over seeds", () => {
  test("mean and sample standard deviation as NumPy with ddof = 1", () => {
    const { values, mean, std } = golden.seeds
    const found = overSeeds(values)
    expect(found.mean).toBeCloseTo(mean, 12)
    expect(found.std).toBeCloseTo(std, 12)
    expect(found.n).toBe(5)
  })

  test.each([[[]], [[0.9]], [[0.9, 0.8]]])("of %j there is no mean, and a reason", (values) => {
    expect(overSeeds(values)).toEqual({
      mean: Number.NaN,
      std: Number.NaN,
      n: values.length,
      skipped: `A mean needs 3 runs or more, found ${values.length}.`,
    })
  })

  test("NaN is refused", () => {
    expect(() => overSeeds([1, 2, Number.NaN])).toThrow(/values of the runs hold NaN at position 2 of 3/)
  })
})

test("draws and level have their limits, and a NaN statistic is no interval", () => {
  expect(bootstrapFields({ seed: 3 })).toEqual({ seed: 3, draws: 1000, level: 0.95 })
  expect(() => meanInterval([1], { draws: 0 })).toThrow(/draws found as 0/)
  expect(() => meanInterval([1], { level: 1 })).toThrow(/level found as 1/)
  expect(() => bootstrapInterval([[1, 2]], () => Number.NaN)).toThrow(/redrawn statistic hold NaN/)
})
