import type { MetricResult } from "@ifnormal/core"
import type { FeatureExtractor } from "../features/extractor.js"
import type { BootstrapOptions } from "../intervals/options.js"
import type { CounterfactualSelection } from "../selection.js"
import { FeatureMetric, type FeatureSets } from "./feature-metric.js"
import { type KidOptions, kid } from "./kid.js"
import { kidInterval } from "./kid-interval.js"

/** Kernel inception distance between counterfactuals and normal test images, the number to quote for few images. */
export class KidMetric extends FeatureMetric {
  readonly ideal = 0
  readonly higherIsBetter = false
  readonly unit = "distance"
  protected readonly least = { images: 2, because: "the unbiased estimate compares images of a set" }

  constructor(
    extractor: FeatureExtractor | string,
    selection?: CounterfactualSelection,
    private readonly options: Pick<KidOptions, "subsets" | "subsetSize"> = {},
    bootstrap?: BootstrapOptions,
  ) {
    super("KID normal vs. CE", extractor, selection, bootstrap)
  }

  protected async measure({ normal, counterfactual, redraw }: FeatureSets): Promise<Omit<MetricResult, "n">> {
    const { value, std, subsets, subsetSize } = await kid(counterfactual, normal, this.options)
    const sets =
      subsetSize === "all"
        ? "all images at once"
        : `mean of ${subsets} subsets of ${subsetSize}, standard deviation ${std.toPrecision(3)}`
    const recipe = `${this.extractor.recipe}: KID, kernel (<x, y> / d + 1)^3, unbiased, ${sets}`
    const interval = await kidInterval(
      counterfactual,
      redraw.counterfactual,
      normal,
      redraw.normal,
      this.bootstrap,
    )
    return "missing" in interval
      ? { value, recipe: `${recipe}; ${interval.missing}` }
      : { value, recipe: `${recipe}; interval: redrawn images`, ...interval }
  }
}
