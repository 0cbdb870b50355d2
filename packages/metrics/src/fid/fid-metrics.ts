import type { MetricResult, RandomStream } from "@ifnormal/core"
import type { FeatureExtractor } from "../features/extractor.js"
import type { BootstrapOptions } from "../intervals/options.js"
import type { CounterfactualSelection } from "../selection.js"
import { FeatureMetric, type FeatureSets } from "./feature-metric.js"
import { frechetDistance } from "./frechet.js"
import { type RecenteredInterval, recenteredInterval } from "./recentered.js"
import { redrawnFrechet } from "./redrawn-frechet.js"

/** Below so many images Inception's covariance is singular and FID is biased upward. */
export const fewImages = 2048

const least = { images: 2, because: "the covariance of one is undefined" }

/** How the number came about, of any of the recipes: they differ in the features alone. */
function recipeOf(extractor: FeatureExtractor, fewest: number, more: readonly string[] = []): string {
  const bias = fewest < fewImages ? ["biased upward with few images: quote KID beside it"] : []
  return [
    `${extractor.recipe}: Frechet distance in float64, covariance by n - 1, no eps`,
    ...bias,
    ...more,
  ].join("; ")
}

/** Value, recipe and, where there is one, the interval. */
function resultOf(
  value: number,
  extractor: FeatureExtractor,
  fewest: number,
  drawn: RecenteredInterval,
  more: readonly string[] = [],
): Omit<MetricResult, "n"> {
  if ("missing" in drawn) return { value, recipe: recipeOf(extractor, fewest, [...more, drawn.missing]) }
  const { bias, ...interval } = drawn
  const note = `interval: redrawn images, recentered by ${bias.toPrecision(3)}, since doubles raise the distance`
  return { value, recipe: recipeOf(extractor, fewest, [...more, note]), ...interval }
}

/** Frechet distance between counterfactuals and normal test images: FID where the extractor is Inception. */
export class FidMetric extends FeatureMetric {
  readonly ideal = 0
  readonly higherIsBetter = false
  readonly unit = "distance"
  protected readonly least = least

  constructor(
    extractor: FeatureExtractor | string,
    selection?: CounterfactualSelection,
    bootstrap?: BootstrapOptions,
  ) {
    super("FID normal vs. CE", extractor, selection, bootstrap)
  }

  protected async measure({ normal, counterfactual, redraw }: FeatureSets): Promise<Omit<MetricResult, "n">> {
    const value = await frechetDistance(counterfactual, normal)
    const drawn = redrawnFrechet(counterfactual, normal)
    const counts = [new Uint32Array(counterfactual.length), new Uint32Array(normal.length)] as const
    const interval = await recenteredInterval(
      value,
      drawn.work,
      (random) => {
        redraw.counterfactual(random, counts[0])
        redraw.normal(random, counts[1])
        return drawn.distance(...counts)
      },
      this.bootstrap,
    )
    const fewest = Math.min(normal.length, counterfactual.length)
    return resultOf(value, this.extractor, fewest, interval)
  }
}

/**
 * FID_N of the paper (table 2): FID of counterfactuals and normal test images as a share of that of anomalous and normal
 * test images. 0.5 to 1 is the range that the paper calls useful: below, counterfactuals are as good as new normal images
 * and keep little of the anomaly; at 1 they are as far from normal as the anomalies.
 */
export class FidNMetric extends FeatureMetric {
  readonly ideal = [0.5, 1] as const
  readonly higherIsBetter = undefined
  readonly unit = "fraction"
  protected override readonly roles = ["counterfactual", "normal", "anomaly"] as const
  protected readonly least = least

  constructor(
    extractor: FeatureExtractor | string,
    selection?: CounterfactualSelection,
    bootstrap?: BootstrapOptions,
  ) {
    super("FID_N", extractor, selection, bootstrap)
  }

  protected async measure({
    normal,
    counterfactual,
    anomaly,
    redraw,
  }: FeatureSets): Promise<Omit<MetricResult, "n">> {
    const below = await frechetDistance(anomaly, normal)
    if (below === 0)
      return {
        value: Number.NaN,
        skipped:
          "Anomalies and normal images have the same features: their distance, which is divided by, is 0.",
      }
    const value = (await frechetDistance(counterfactual, normal)) / below
    const [above, under] = [redrawnFrechet(counterfactual, normal), redrawnFrechet(anomaly, normal)]
    const counts = {
      counterfactual: new Uint32Array(counterfactual.length),
      normal: new Uint32Array(normal.length),
      anomaly: new Uint32Array(anomaly.length),
    }
    const draw = async (random: RandomStream) => {
      for (const role of this.roles) redraw[role](random, counts[role])
      const distance = await above.distance(counts.counterfactual, counts.normal)
      return distance / (await under.distance(counts.anomaly, counts.normal))
    }
    const interval = await recenteredInterval(value, above.work + under.work, draw, this.bootstrap)
    const fewest = Math.min(normal.length, counterfactual.length, anomaly.length)
    return resultOf(value, this.extractor, fewest, interval, ["divided by that of anomalies"])
  }
}
