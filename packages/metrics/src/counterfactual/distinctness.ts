import type * as tf from "@tensorflow/tfjs-core"
import type { FeatureExtractor } from "../features/extractor.js"
import { mean } from "../numbers.js"
import { type CounterfactualInput, type CounterfactualSelection, selectionName } from "../selection.js"
import { byteRows } from "./bytes-of.js"
import { type Held, type HeldVector, PairMetric, type PairOptions } from "./pair-metric.js"
import { checkPair } from "./pixels.js"
import { vectors } from "./vectors.js"

export interface DistinctnessOptions extends PairOptions {
  /** Mean absolute ("l1") or root mean squared ("l2", default) difference per pixel and channel, or feature. */
  readonly distance?: "l1" | "l2"
  /** Divide by the mean distance of the two counterfactuals to their original. Default false. */
  readonly relative?: boolean
  /** Compare features instead of pixels; a string says why there are none. */
  readonly extractor?: FeatureExtractor | string | undefined
}

/**
 * Distance between the counterfactuals of different concepts of one image, mean over pairs and images: in pixels, in
 * [0, 1], or in features. `relative` puts it beside what was changed at all: 0 = the concepts make the same image, about
 * 1.4 (l2) = their changes have nothing in common. Our choice; DISSECT asks a classifier (`PostHocConceptAccuracy`).
 * R can read marks that nobody sees, so a distance near 0 beside a high concept accuracy means that the concepts are
 * one for a person; `IndistinctConcepts` counts such images. Large distances do not show that concepts mean something.
 * Images count as bytes, as files store them. Default alpha = 0.
 */
export class Distinctness extends PairMetric {
  readonly name: string
  readonly ideal: number
  readonly higherIsBetter = true
  readonly unit = "distance"
  protected readonly recipe: string
  private readonly distance: "l1" | "l2"
  private readonly relative: boolean
  private readonly extractor: FeatureExtractor | string | undefined

  constructor(
    selection: Required<Pick<CounterfactualSelection, "alpha">> = { alpha: 0 },
    options: DistinctnessOptions = {},
  ) {
    super(selection, options)
    const { distance = "l2", relative = false, extractor } = options
    this.distance = distance
    this.relative = relative
    this.extractor = extractor
    this.ideal = relative ? (distance === "l2" ? Math.SQRT2 : 2) : 1
    const where = typeof extractor === "object" ? `, features ${extractor.recipe}` : ""
    this.name = `Distinctness, ${distance}${relative ? ", relative" : ""}${extractor ? ", features" : ""}${selectionName(selection)}`
    const formula = distance === "l2" ? "sqrt(mean of (CE_j - CE_k)^2)" : "mean of |CE_j - CE_k|"
    this.recipe = `${formula} over ${extractor ? "features" : "pixels and channels of 8-bit images in [0, 1]"}${
      relative ? ", divided by the mean distance to the original" : ""
    }; mean over pairs of concepts and images${where}`
  }

  protected async vectors({ images, originals }: CounterfactualInput, rows: readonly number[]) {
    checkPair(originals, images, "Originals")
    const { extractor } = this
    if (typeof extractor === "string") return extractor
    const of = (batch: tf.Tensor4D): Promise<readonly HeldVector[]> =>
      extractor ? vectors(batch, rows, Number.POSITIVE_INFINITY, extractor) : byteRows(batch, rows)
    const [made, source] = [await of(images), await of(originals)]
    return made.map((vector, i) => ({ vector, original: source[i]! }))
  }

  protected compare(a: Held, b: Held): number {
    const apart = this.between(a.vector, b.vector)
    if (!this.relative) return apart
    const changed = (this.between(a.vector, a.original) + this.between(b.vector, b.original)) / 2
    // Two unchanged images are the same image.
    return changed === 0 ? 0 : apart / changed
  }

  protected combine(pairs: readonly number[]): number {
    return mean(pairs)
  }

  private between(a: HeldVector, b: HeldVector): number {
    const scale = a instanceof Uint8Array ? 255 : 1
    let sum = 0
    for (let i = 0; i < a.length; i++) {
      const difference = Math.abs(a[i]! - b[i]!) / scale
      sum += this.distance === "l1" ? difference : difference * difference
    }
    return this.distance === "l1" ? sum / a.length : Math.sqrt(sum / a.length)
  }
}
