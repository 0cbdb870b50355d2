import type { BootstrapOptions } from "../intervals/options.js"
import { type CounterfactualInput, type CounterfactualSelection, selectionName } from "../selection.js"
import { MeanMetric } from "./mean-metric.js"

/**
 * Share of counterfactuals whose concept R, the classifier that was trained with the generator, recognizes (the paper's
 * Appendix E). Default: every alpha. It cannot show that concepts differ for a person: R and the generator can agree on
 * marks that nobody sees. `PostHocConceptAccuracy`, `Distinctness` and `IndistinctConcepts` stand beside it for that.
 */
export class ConceptAccuracy extends MeanMetric {
  readonly name: string
  readonly ideal = 1
  readonly higherIsBetter = true
  readonly unit = "fraction"
  protected readonly recipe = "argmax of R(x, CE) equals k"

  constructor(selection: CounterfactualSelection = {}, bootstrap?: BootstrapOptions) {
    super(selection, bootstrap)
    this.name = `Concept accuracy${selectionName(selection)}`
  }

  protected async measure({ conceptLogits, concept }: CounterfactualInput) {
    if (!conceptLogits) return "The generator has no concept classifier."
    const [batch, concepts] = conceptLogits.shape
    const logits = await conceptLogits.data()
    return Float64Array.from({ length: batch }, (_, row) => {
      const own = logits.subarray(row * concepts, (row + 1) * concepts)
      if (own.some(Number.isNaN)) return Number.NaN
      return own.indexOf(Math.max(...own)) === concept[row] ? 1 : 0
    })
  }
}
