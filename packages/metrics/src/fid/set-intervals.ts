import type { BootstrapOptions } from "../intervals/options.js"
import { redraw } from "../intervals/redraw.js"
import type { FeatureMatrix } from "./feature-matrix.js"
import { type KidInterval, kidInterval as ofRedraws } from "./kid-interval.js"
import { type RecenteredInterval, recenteredInterval } from "./recentered.js"
import { redrawnFrechet } from "./redrawn-frechet.js"

/**
 * Bootstrap interval of the Frechet distance of two sets whose images are independent, as `FidMetric` has it.
 * @param value of `frechetDistance`, which the interval lies around
 */
export function frechetInterval(
  a: FeatureMatrix,
  b: FeatureMatrix,
  value: number,
  options?: BootstrapOptions,
): Promise<RecenteredInterval> {
  const drawn = redrawnFrechet(a, b)
  const [redrawA, redrawB] = [redraw(a.length), redraw(b.length)]
  const [countsA, countsB] = [new Uint32Array(a.length), new Uint32Array(b.length)]
  return recenteredInterval(
    value,
    drawn.work,
    (random) => {
      redrawA(random, countsA)
      redrawB(random, countsB)
      return drawn.distance(countsA, countsB)
    },
    options,
  )
}

/** Bootstrap interval of KID of two sets whose images are independent. */
export function kidInterval(
  a: FeatureMatrix,
  b: FeatureMatrix,
  options?: BootstrapOptions,
): Promise<KidInterval> {
  return ofRedraws(a, redraw(a.length), b, redraw(b.length), options)
}
