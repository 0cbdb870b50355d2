import type { MetricResult } from "@ifnormal/core"
import type { FeatureExtractor } from "../features/extractor.js"
import { clusterInterval, meanInterval } from "../intervals/bootstrap.js"
import { type BootstrapOptions, bootstrapFields } from "../intervals/options.js"
import { countClusters } from "../intervals/redraw.js"
import { ALL_OR_NONE, allOrNone } from "../intervals/share-interval.js"
import { mean } from "../numbers.js"
import type { CounterfactualSelection } from "../selection.js"
import { FeatureMetric, type FeatureSets } from "./feature-metric.js"
import { coverage, density, precision, recall } from "./neighbors.js"

const measures = { precision, recall, density, coverage }
const titles = {
  precision: ["Precision of CE", "CEs inside a ball around a normal image (Kynkaanniemi 2019)"],
  recall: ["Recall of CE", "normal images inside a ball around a CE (Kynkaanniemi 2019)"],
  density: ["Density of CE", "balls around normal images that hold a CE, over k (Naeem 2020)"],
  coverage: ["Coverage of CE", "normal images whose ball holds a CE (Naeem 2020)"],
} as const

/**
 * Precision, recall, density or coverage of the counterfactuals against the normal test images: are they inside the
 * normal images' manifold, and do they reach all of it. The interval redraws the images that the mean is over; the balls
 * stay as they are.
 */
export class NeighborMetric extends FeatureMetric {
  readonly ideal = 1
  readonly higherIsBetter = true
  readonly unit = "fraction"
  protected readonly least: { readonly images: number; readonly because: string }
  private readonly k: number

  /** @param k default 3 for precision and recall, 5 for density and coverage, as the references */
  constructor(
    private readonly kind: keyof typeof measures,
    extractor: FeatureExtractor | string,
    selection?: CounterfactualSelection,
    k?: number,
    bootstrap?: BootstrapOptions,
  ) {
    super(titles[kind][0], extractor, selection, bootstrap)
    this.k = k ?? (kind === "precision" || kind === "recall" ? 3 : 5)
    this.least = { images: this.k + 1, because: `each has to have ${this.k} neighbors` }
  }

  protected async measure({ normal, counterfactual, index }: FeatureSets): Promise<Omit<MetricResult, "n">> {
    const { value, each } = await measures[this.kind](counterfactual, normal, { k: this.k })
    const ofCounterfactuals = this.kind === "precision" || this.kind === "density"
    const recipe = `${this.extractor.recipe}: ${titles[this.kind][1]}, k = ${this.k}`
    const images = ofCounterfactuals ? countClusters(index) : each.length
    // Density counts several balls, so that 0 and 1 are no misses and hits.
    const hits = this.kind !== "density" && allOrNone(each, images, this.bootstrap?.level)
    if (hits) return { value, recipe: `${recipe}; ${ALL_OR_NONE}`, ...hits }
    return {
      value,
      recipe: `${recipe}; interval: redrawn images, same balls`,
      interval: ofCounterfactuals
        ? clusterInterval(each, index, mean, this.bootstrap)
        : meanInterval(each, this.bootstrap),
      ...bootstrapFields(this.bootstrap),
    }
  }
}
