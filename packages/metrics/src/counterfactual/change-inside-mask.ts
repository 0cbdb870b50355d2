import * as tf from "@tensorflow/tfjs-core"
import type { BootstrapOptions } from "../intervals/options.js"
import { type CounterfactualInput, type CounterfactualSelection, selectionName } from "../selection.js"
import { MeanMetric } from "./mean-metric.js"
import { checkPair, checkPlane, read } from "./pixels.js"

/**
 * How much of the change lies inside the original's defect mask, in [0, 1]: share of the changed energy, squared
 * differences summed over pixels and channels (our choice; `ifnormal explain --masks` uses the same). The mask is taken
 * as fed: widen it beforehand if borders shall count. Unchanged images and images without a defect do not count.
 * A share of 1 does not say that the defect was repaired, only that nothing else changed. Default alpha = 0.
 */
export class ChangeInsideMask extends MeanMetric {
  readonly name: string
  readonly ideal = 1
  readonly higherIsBetter = true
  readonly unit = "fraction"
  protected readonly recipe = "share of the sum of (x - CE)^2 that is inside the defect mask; mean over CEs"
  protected override readonly nothing = "No counterfactual changes an image that has a mask."

  constructor(selection: CounterfactualSelection = { alpha: 0 }, bootstrap?: BootstrapOptions) {
    super(selection, bootstrap)
    this.name = `Changed energy inside the mask${selectionName(selection)}`
  }

  protected async measure({ images, originals, masks }: CounterfactualInput) {
    if (!masks) return "There are no masks."
    checkPair(originals, images, "Originals")
    checkPlane(masks, images, "Masks")
    const sums = await read(() => {
      const energy = tf.sum(tf.square(tf.sub(originals, images)), 3)
      return tf.stack(
        [energy, tf.mul(energy, masks), masks].map((plane) => tf.sum(plane, [1, 2])),
        1,
      )
    })
    return Array.from({ length: images.shape[0] }, (_, row) => {
      const [all, inside, area] = sums.subarray(3 * row, 3 * row + 3)
      if (Number.isNaN(all!)) return Number.NaN
      return all! > 0 && area! > 0 ? inside! / all! : undefined
    })
  }
}
