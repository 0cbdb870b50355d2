import { mean, refuseNaN } from "../numbers.js"
import type { BootstrapOptions } from "./options.js"
import { distribution, expand, percentiles, redraw } from "./redraw.js"

/**
 * Percentile bootstrap: draws images with replacement, from each list on its own, and takes the central `level` of the
 * statistic's distribution (scipy.stats.bootstrap with method "percentile"). The interval speaks of the sample of images
 * only, not of training seeds.
 * @param lists one list of values per kind of image, none empty
 * @param statistic of the redrawn lists; their order means nothing
 * @throws DataError "metric-empty" for an empty list, "metric-nan" for NaN; ConfigError "config-invalid"
 */
export function bootstrapInterval(
  lists: readonly ArrayLike<number>[],
  statistic: (lists: readonly Float64Array[]) => number,
  options?: BootstrapOptions,
): [low: number, high: number] {
  const columns = lists.map((values, l) => column(values, `List ${l + 1} of ${lists.length}`))
  return percentiles(
    distribution(options, (random) =>
      statistic(
        columns.map(({ values, counts, draw }) => {
          draw(random, counts)
          return expand(values, counts)
        }),
      ),
    ),
    options,
  )
}

/** `bootstrapInterval` of a mean. */
export function meanInterval(
  values: ArrayLike<number>,
  options?: BootstrapOptions,
): [low: number, high: number] {
  return bootstrapInterval([values], ([list]) => mean(list!), options)
}

/**
 * Percentile bootstrap over clusters: values of one cluster are drawn together. Counterfactuals of one image, at several
 * concepts or alphas, say little more than one of them does, so drawing them one by one gives too narrow an interval.
 * @param clusters [values] equal numbers belong together, such as the index of the test image
 * @param statistic of the redrawn values, whose number differs between draws; default the mean
 * @throws as `bootstrapInterval`; DataError "metric-length" when the two lists differ in length
 */
export function clusterInterval(
  values: ArrayLike<number>,
  clusters: ArrayLike<number>,
  statistic: (values: Float64Array) => number = mean,
  options?: BootstrapOptions,
): [low: number, high: number] {
  const { counts, draw } = column(values, "The list", clusters)
  const draws =
    statistic === mean ? () => countedMean(values, counts) : () => statistic(expand(values, counts))
  return percentiles(
    distribution(options, (random) => {
      draw(random, counts)
      return draws()
    }),
    options,
  )
}

function column(values: ArrayLike<number>, what: string, clusters?: ArrayLike<number>) {
  refuseNaN(values, "values")
  return { values, counts: new Uint32Array(values.length), draw: redraw(values.length, clusters, what) }
}

/** Mean of values that occur `counts` times. */
function countedMean(values: ArrayLike<number>, counts: Uint32Array): number {
  let [sum, n] = [0, 0]
  for (let row = 0; row < counts.length; row++) {
    sum += counts[row]! * values[row]!
    n += counts[row]!
  }
  return sum / n
}
