import { DataError, type RandomStream, stream } from "@ifnormal/core"
import { mean, refuseNaN } from "./numbers.js"

export interface BootstrapOptions {
  /** Seed of the draws, default 1. */
  readonly seed?: number
  /** Number of draws, default 1000 (our choice). */
  readonly draws?: number
  /** Share of the distribution inside the interval, in (0, 1), default 0.95. */
  readonly level?: number
}

/**
 * Percentile bootstrap: draws images with replacement, from each list on its own, and takes the central `level` of the
 * statistic's distribution. The interval speaks of the sample of images only, not of training seeds.
 * @param lists one list of values per kind of image, none empty
 * @param statistic of the redrawn lists
 * @throws DataError "metric-empty" for an empty list, "metric-nan" for NaN
 */
export function bootstrapInterval(
  lists: readonly ArrayLike<number>[],
  statistic: (lists: readonly Float64Array[]) => number,
  options: BootstrapOptions = {},
): [low: number, high: number] {
  refuse(lists)
  const redrawn = lists.map((list) => new Float64Array(list.length))
  return percentiles(options, (random) => {
    lists.forEach((list, l) => {
      const target = redrawn[l]!
      for (let i = 0; i < target.length; i++) target[i] = list[random.int(list.length)]!
    })
    return statistic(redrawn)
  })
}

/** `bootstrapInterval` of a mean. */
export function meanInterval(
  values: ArrayLike<number>,
  options?: BootstrapOptions,
): [low: number, high: number] {
  return bootstrapInterval([values], ([list]) => mean(list!), options)
}

function refuse(lists: readonly ArrayLike<number>[]): void {
  lists.forEach((list, l) => {
    refuseNaN(list, `values of list ${l + 1}`)
    if (list.length === 0)
      throw new DataError({
        code: "metric-empty",
        message: `List ${l + 1} of ${lists.length} has no values, expected at least one.`,
        next: "Score at least one image of each kind.",
      })
  })
}

function percentiles(
  { seed = 1, draws = 1000, level = 0.95 }: BootstrapOptions,
  draw: (random: RandomStream) => number,
): [number, number] {
  const random = stream(seed, "bootstrap")
  return percentileInterval(
    Float64Array.from({ length: draws }, () => draw(random)),
    level,
  )
}

/** The central `level` of a statistic's values, one per draw. */
export function percentileInterval(values: Float64Array, level = 0.95): [low: number, high: number] {
  const sorted = values.toSorted()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
  return [at((1 - level) / 2), at((1 + level) / 2)]
}
