import type { BootstrapOptions } from "../intervals/options.js"
import { type CounterfactualInput, type CounterfactualSelection, selectionName } from "../selection.js"
import { MeanMetric } from "./mean-metric.js"

/** Whether a score is near its target; NaN stays NaN and is refused later. */
function near(phi: number, alpha: number, tolerance: number): number {
  return Number.isNaN(phi) ? phi : Math.abs(phi - alpha) <= tolerance ? 1 : 0
}

/**
 * Share of counterfactuals that the detector scores within `tolerance` of their target. Default alpha = 0, tolerance 0.25
 * (as `explain`). An adversarial image is valid too; `SecondValidity` and the distances stand beside it.
 */
export class Validity extends MeanMetric {
  readonly name: string
  readonly ideal = 1
  readonly higherIsBetter = true
  readonly unit = "fraction"
  protected readonly recipe: string

  constructor(
    selection: CounterfactualSelection = { alpha: 0 },
    private readonly tolerance = 0.25,
    bootstrap?: BootstrapOptions,
  ) {
    super(selection, bootstrap)
    this.name = `Validity${selectionName(selection)}`
    this.recipe = `share with |phi(CE) - alpha| <= ${tolerance}`
  }

  protected async measure({ phi, alpha }: CounterfactualInput) {
    return phi.map((value, row) => near(value, alpha[row]!, this.tolerance))
  }
}

/**
 * Share of counterfactuals that a second detector, which the generator never saw, scores within `tolerance` of their
 * target (input: secondPhi). Default alpha = 0, tolerance 0.25. High where the change is what makes an image normal, low
 * where it fools one detector; low as well where the two detectors disagree about the originals.
 */
export class SecondValidity extends MeanMetric {
  readonly name: string
  readonly ideal = 1
  readonly higherIsBetter = true
  readonly unit = "fraction"
  protected readonly recipe: string

  constructor(
    selection: CounterfactualSelection = { alpha: 0 },
    private readonly tolerance = 0.25,
    bootstrap?: BootstrapOptions,
  ) {
    super(selection, bootstrap)
    this.name = `Validity under a second detector${selectionName(selection)}`
    this.recipe = `share with |phi2(CE) - alpha| <= ${tolerance}, phi2 of a detector that the generator never saw`
  }

  protected async measure({ secondPhi, alpha }: CounterfactualInput) {
    if (!secondPhi) return "There is no second detector."
    return secondPhi.map((value, row) => near(value, alpha[row]!, this.tolerance))
  }
}
