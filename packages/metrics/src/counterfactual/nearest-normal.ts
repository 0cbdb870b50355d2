import { type CounterfactualSelection, selectionName } from "../selection.js"
import { nearest } from "./nearest.js"
import { NeighborMetric, type NeighborOptions, type Query, type Reference } from "./neighbor-metric.js"

/**
 * Distance of a counterfactual to the nearest normal test image: root mean squared difference per value, mean over
 * counterfactuals, in pixels ([0, 1]) or features. Near 0 where counterfactuals copy normal images. In pixels it is large
 * for a perfect normal image of another pose, and small for blurred ones: compare generators with it, not data sets.
 * Default alpha = 0.
 */
export class NearestNormal extends NeighborMetric {
  readonly name: string
  readonly ideal = 0
  readonly higherIsBetter = false
  readonly unit = "distance"
  protected readonly recipe: string

  constructor(selection: CounterfactualSelection = { alpha: 0 }, options: NeighborOptions = {}) {
    super(selection, options)
    this.name = `Distance to the nearest normal image${options.extractor ? ", features" : ""}${selectionName(selection)}`
    this.recipe = `min over normal test images of sqrt(mean of squared differences), ${this.space}`
  }

  protected values(queries: readonly Query[], references: readonly Reference[]): readonly number[] | string {
    const normal = references.filter(({ role }) => role === "normal").map(({ vector }) => vector)
    if (normal.length === 0) return "There are no normal images."
    return queries.map(({ vector }) => nearest(vector, normal, 1)[0]!.distance)
  }
}
