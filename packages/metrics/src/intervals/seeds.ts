import { mean, refuseNaN } from "../numbers.js"

/** Fewest runs that a mean is made of. */
export const FEWEST_SEEDS = 3

/** Mean and spread of one number over trainings, as the paper's tables give it. */
export interface OverSeeds {
  /** NaN when skipped. */
  readonly mean: number
  /** Sample standard deviation, n - 1 in the denominator; NaN when skipped. */
  readonly std: number
  /** Number of runs. */
  readonly n: number
  /** Why there is no mean. */
  readonly skipped?: string
}

/**
 * Mean and sample standard deviation over trainings with several seeds, or over setups such as one-vs-rest classes: how
 * far another training would be, which no bootstrap over images tells. Below three values there is neither (our choice):
 * two trainings say next to nothing about the spread.
 * @param values one per training
 * @throws DataError "metric-nan"
 */
export function overSeeds(values: ArrayLike<number>): OverSeeds {
  refuseNaN(values, "values of the runs")
  const n = values.length
  if (n < FEWEST_SEEDS)
    return {
      mean: Number.NaN,
      std: Number.NaN,
      n,
      skipped: `A mean needs ${FEWEST_SEEDS} runs or more, found ${n}.`,
    }
  const center = mean(values)
  let squares = 0
  for (let i = 0; i < n; i++) squares += (values[i]! - center) ** 2
  return { mean: center, std: Math.sqrt(squares / (n - 1)), n }
}
