import { ConfigError } from "@ifnormal/core"

/** How a bootstrap interval is drawn. */
export interface BootstrapOptions {
  /** Seed of the draws, default 1. */
  readonly seed?: number
  /** Number of draws, at least 1, default 1000 (our choice). */
  readonly draws?: number
  /** Share of the distribution inside the interval, in (0, 1), default 0.95. */
  readonly level?: number
}

/** How an interval was drawn: the fields of a MetricResult beside `interval`. */
export type BootstrapFields = Required<BootstrapOptions>

/**
 * The options with their defaults, to be spread into a MetricResult beside its interval.
 * @throws ConfigError "config-invalid" for draws that are no whole number from 1 or a level outside (0, 1)
 */
export function bootstrapFields({
  seed = 1,
  draws = 1000,
  level = 0.95,
}: BootstrapOptions = {}): BootstrapFields {
  if (!Number.isInteger(draws) || draws < 1)
    throw invalid(`draws found as ${draws}, expected a whole number from 1`)
  if (!(level > 0 && level < 1)) throw invalid(`level found as ${level}, expected a number between 0 and 1`)
  return { seed, draws, level }
}

function invalid(what: string): ConfigError {
  return new ConfigError({
    code: "config-invalid",
    message: `Bootstrap: ${what}.`,
    next: "Correct the option, or leave it out: 1000 draws, level 0.95.",
  })
}
