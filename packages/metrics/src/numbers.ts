import { DataError } from "@ifnormal/core"

/**
 * Refuses NaN, with the place of the first one.
 * @throws DataError "metric-nan"
 */
export function refuseNaN(values: ArrayLike<number>, what: string): void {
  for (let i = 0; i < values.length; i++)
    if (Number.isNaN(values[i]))
      throw new DataError({
        code: "metric-nan",
        message: `The ${what} hold NaN at position ${i} of ${values.length}; expected numbers.`,
        next: "Check the detector that scored these images: its weights or its input are broken.",
      })
}

/**
 * Refuses lists of different lengths.
 * @throws DataError "metric-length"
 */
export function refuseLengths(lengths: Readonly<Record<string, number>>): void {
  if (new Set(Object.values(lengths)).size > 1)
    throw new DataError({
      code: "metric-length",
      message: `Lists of one length were expected, found ${Object.entries(lengths)
        .map(([name, length]) => `${name} ${length}`)
        .join(", ")}.`,
      next: "Pass one entry per image in every list.",
    })
}

/** Mean in float64; NaN of nothing. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}
