import type { BootstrapOptions } from "../intervals/options.js"
import { type CounterfactualInput, type CounterfactualSelection, selectionName } from "../selection.js"
import { MeanMetric } from "./mean-metric.js"

/**
 * mean |phi(G(x, alpha, k)) - alpha|. Default: over every alpha that was fed; one alpha if the selection names it, so
 * that five of them (alpha 0, 0.25, 0.5, 0.75, 1) make the table by alpha.
 */
export class ScoreError extends MeanMetric {
  readonly name: string
  readonly ideal = 0
  readonly higherIsBetter = false
  readonly unit = "distance"
  protected readonly recipe = "mean of |phi(G(x, alpha, k)) - alpha|"

  constructor(selection: CounterfactualSelection = {}, bootstrap?: BootstrapOptions) {
    super(selection, bootstrap)
    this.name =
      selection.alpha === 0
        ? `Score error, alpha 0${selectionName(selection)}`
        : `Score error${selectionName(selection)}`
  }

  protected async measure({ phi, alpha }: CounterfactualInput) {
    return phi.map((value, row) => Math.abs(value - alpha[row]!))
  }
}
