import { DataError, type RandomStream, stream } from "@ifnormal/core"
import { refuseLengths, refuseNaN } from "../numbers.js"
import { type BootstrapOptions, bootstrapFields } from "./options.js"

/** Writes how often each row is drawn into `counts` ([rows]). */
export type Redraw = (random: RandomStream, counts: Uint32Array) => void

/**
 * Draws rows with replacement, as many as there are; or whole clusters, as many as there are, whose rows stay together.
 * @param clusters [rows] equal numbers belong together; default: every row on its own
 * @param what how errors call the rows
 * @throws DataError "metric-empty" for no rows, "metric-length" when `clusters` has another length
 */
export function redraw(rows: number, clusters?: ArrayLike<number>, what = "A list to draw from"): Redraw {
  if (rows === 0)
    throw new DataError({
      code: "metric-empty",
      message: `${what} has no values, expected at least one.`,
      next: "Score at least one image of each kind.",
    })
  const groups = clusters && grouped(rows, clusters)
  if (!groups)
    return (random, counts) => {
      counts.fill(0)
      for (let i = 0; i < rows; i++) counts[random.int(rows)]!++
    }
  return (random, counts) => {
    counts.fill(0)
    for (let i = 0; i < groups.length; i++)
      for (const row of groups[random.int(groups.length)]!) counts[row]!++
  }
}

/** Rows by cluster, in the order in which clusters first appear; undefined where every row is a cluster of its own. */
function grouped(rows: number, clusters: ArrayLike<number>): number[][] | undefined {
  refuseLengths({ values: rows, clusters: clusters.length })
  const groups = new Map<number, number[]>()
  for (let row = 0; row < rows; row++) {
    const group = groups.get(clusters[row]!)
    if (group) group.push(row)
    else groups.set(clusters[row]!, [row])
  }
  return groups.size === rows ? undefined : [...groups.values()]
}

/** Number of different clusters. */
export function countClusters(clusters: ArrayLike<number>): number {
  return new Set(Array.from(clusters)).size
}

/** The rows that were drawn, each as often as it was; their number differs between draws of clusters. */
export function expand(values: ArrayLike<number>, counts: Uint32Array): Float64Array {
  let length = 0
  for (const count of counts) length += count
  const drawn = new Float64Array(length)
  for (let row = 0, at = 0; row < counts.length; row++)
    for (let c = counts[row]!; c > 0; c--) drawn[at++] = values[row]!
  return drawn
}

/**
 * The values that a statistic takes over the draws, ascending.
 * @throws DataError "metric-nan" when it is NaN in one of them
 */
export function distribution(
  options: BootstrapOptions | undefined,
  draw: (random: RandomStream) => number,
  random = stream(bootstrapFields(options).seed, "bootstrap"),
): Float64Array {
  const values = Float64Array.from({ length: bootstrapFields(options).draws }, () => draw(random))
  refuseNaN(values, "values of the redrawn statistic")
  return values.sort()
}

/** The central `level` of an ascending distribution, by linear interpolation (NumPy's default percentile). */
export function percentiles(sorted: Float64Array, options?: BootstrapOptions): [low: number, high: number] {
  const { level } = bootstrapFields(options)
  const at = (share: number) => {
    const place = share * (sorted.length - 1)
    const below = Math.floor(place)
    const [a, b] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!]
    return a === b ? a : a + (b - a) * (place - below)
  }
  return [at((1 - level) / 2), at((1 + level) / 2)]
}
