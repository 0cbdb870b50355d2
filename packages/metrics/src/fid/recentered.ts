import { type RandomStream, stream } from "@ifnormal/core"
import { type BootstrapFields, type BootstrapOptions, bootstrapFields } from "../intervals/options.js"
import { percentiles } from "../intervals/redraw.js"
import { mean } from "../numbers.js"

/** Multiplications that an interval takes at its usual number of draws, one to two seconds on one core (our choice). */
const usual = 2.5e9
/** Multiplications that the fewest draws may take, about ten seconds. */
const affordable = 2e10
/** Fewer draws say little about the ends of an interval (our choice). */
const least = 50

/** An interval with what there is to know about it, or why there is none. */
export type RecenteredInterval =
  | ({
      readonly interval: readonly [number, number]
      /** Mean of the draws less the value. */
      readonly bias: number
    } & BootstrapFields)
  | { readonly missing: string }

/**
 * Bootstrap interval of a statistic that a redraw raises: redrawn sets hold images twice, so their covariances have less
 * rank and distances between them are larger. The percentiles are moved by the mean of the draws less the value, so that
 * the interval has the spread of the draws and lies around the value; what is below 0 is cut off.
 * Where the number of draws asked for takes more than a few seconds there are fewer, and none where 50 take above ten.
 * @param work multiplications of one draw
 */
export async function recenteredInterval(
  value: number,
  work: number,
  draw: (random: RandomStream) => Promise<number>,
  options?: BootstrapOptions,
): Promise<RecenteredInterval> {
  const fields = bootstrapFields(options)
  const draws = Math.min(fields.draws, Math.max(least, Math.floor(usual / work)))
  if (draws * work > affordable)
    return { missing: `no interval: ${least} redraws would take ${Math.round((least * work) / 2e9)} s` }
  const random = stream(fields.seed, "bootstrap")
  const values = new Float64Array(draws)
  for (let i = 0; i < draws; i++) values[i] = await draw(random)
  const undefinedDraws = values.filter((drawn) => !Number.isFinite(drawn)).length
  if (undefinedDraws > 0)
    return {
      missing: `no interval: undefined in ${undefinedDraws} of ${draws} redraws, the images are too few or too alike`,
    }
  const bias = mean(values) - value
  const [low, high] = percentiles(values.sort(), fields)
  return { interval: [Math.max(0, low - bias), Math.max(0, high - bias)], bias, ...fields, draws }
}
