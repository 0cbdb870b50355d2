import type { BootstrapOptions } from "../intervals/options.js"
import { type CounterfactualInput, type CounterfactualSelection, selectionName } from "../selection.js"
import { MeanMetric } from "./mean-metric.js"

/**
 * Share of counterfactuals for which the detector's decision flips: phi of the original is on the other side of the
 * threshold than alpha, phi of the counterfactual on alpha's side. phi < threshold is normal; default 0.5 and alpha = 0
 * (our choice; the success rate of CARLA and the flip rate of DiME, with an anomaly detector's two decisions). Originals
 * that lie on alpha's side already have nothing to flip and do not count (input: originalPhi). It cannot tell a
 * repaired defect from a fooled detector.
 */
export class FlipRate extends MeanMetric {
  readonly name: string
  readonly ideal = 1
  readonly higherIsBetter = true
  readonly unit = "fraction"
  protected readonly recipe: string
  protected override readonly nothing = "No original lies on the other side of the threshold."

  /** @param threshold in (0, 1) */
  constructor(
    selection: CounterfactualSelection = { alpha: 0 },
    private readonly threshold = 0.5,
    bootstrap?: BootstrapOptions,
  ) {
    super(selection, bootstrap)
    this.name = `Flip rate${selectionName(selection)}`
    this.recipe = `share whose phi crosses ${threshold}, of those whose original is on the other side than alpha`
  }

  protected async measure({ phi, alpha, originalPhi }: CounterfactualInput) {
    if (!originalPhi) return "The scores of the originals were not fed."
    const anomalous = (value: number) => value >= this.threshold
    return Array.from(phi, (value, row) => {
      const original = originalPhi[row]!
      if (Number.isNaN(value) || Number.isNaN(original)) return Number.NaN
      if (anomalous(original) === anomalous(alpha[row]!)) return undefined
      return anomalous(value) === anomalous(alpha[row]!) ? 1 : 0
    })
  }
}
