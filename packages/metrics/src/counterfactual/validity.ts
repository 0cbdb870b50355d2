import type { BootstrapOptions } from "../intervals/options.js"
import { type CounterfactualInput, type CounterfactualSelection, selectionName } from "../selection.js"
import { MeanMetric } from "./mean-metric.js"

/** Share of scores within a tolerance of their targets. */
abstract class NearTarget extends MeanMetric {
  readonly name: string
  readonly ideal = 1
  readonly higherIsBetter = true
  readonly unit = "fraction"

  constructor(
    title: string,
    selection: CounterfactualSelection,
    private readonly tolerance: number,
    bootstrap?: BootstrapOptions,
  ) {
    super(selection, bootstrap)
    this.name = `${title}${selectionName(selection)}`
  }

  /** [batch] 1 where a score is near its target, else 0; NaN stays NaN and is refused later. */
  protected near(phi: Float64Array, alpha: Float64Array): Float64Array {
    return phi.map((value, row) =>
      Number.isNaN(value) ? value : Math.abs(value - alpha[row]!) <= this.tolerance ? 1 : 0,
    )
  }
}

/**
 * Share of counterfactuals that the detector scores within `tolerance` of their target. Default alpha = 0, tolerance 0.25
 * (as `explain`). An adversarial image is valid too; `SecondValidity` and the distances stand beside it.
 */
export class Validity extends NearTarget {
  protected readonly recipe: string

  constructor(
    selection: CounterfactualSelection = { alpha: 0 },
    tolerance = 0.25,
    bootstrap?: BootstrapOptions,
  ) {
    super("Validity", selection, tolerance, bootstrap)
    this.recipe = `share with |phi(CE) - alpha| <= ${tolerance}`
  }

  protected async measure({ phi, alpha }: CounterfactualInput) {
    return this.near(phi, alpha)
  }
}

/**
 * Share of counterfactuals that a second detector, which the generator never saw, scores within `tolerance` of their
 * target (input: secondPhi). Default alpha = 0, tolerance 0.25. High where the change is what makes an image normal, low
 * where it fools one detector; low as well where the two detectors disagree about the originals.
 */
export class SecondValidity extends NearTarget {
  protected readonly recipe: string

  constructor(
    selection: CounterfactualSelection = { alpha: 0 },
    tolerance = 0.25,
    bootstrap?: BootstrapOptions,
  ) {
    super("Validity under a second detector", selection, tolerance, bootstrap)
    this.recipe = `share with |phi2(CE) - alpha| <= ${tolerance}, phi2 of a detector that the generator never saw`
  }

  protected async measure({ secondPhi, alpha }: CounterfactualInput) {
    if (!secondPhi) return "There is no second detector."
    return this.near(secondPhi, alpha)
  }
}
