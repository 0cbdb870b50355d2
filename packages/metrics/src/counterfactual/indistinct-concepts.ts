import { type CounterfactualInput, type CounterfactualSelection, selectionName } from "../selection.js"
import { byteRows } from "./bytes-of.js"
import { type Held, PairMetric, type PairOptions } from "./pair-metric.js"
import { checkPair } from "./pixels.js"

export interface IndistinctOptions extends PairOptions {
  /** A pixel differs visibly when a channel differs by more than this, in [0, 1]. Default 0.1, as `ChangedArea`. */
  readonly threshold?: number
  /** Two images differ visibly when at least this share of pixels does. Default 0.01: 8 pixels of 28 x 28. */
  readonly area?: number
}

/**
 * Share of images two of whose concepts' counterfactuals look the same: fewer than `area` of their pixels differ by more
 * than `threshold` in a channel (our choice). 1 = no image has visibly different concepts, whatever concept classifiers
 * say. Default alpha = 0.
 */
export class IndistinctConcepts extends PairMetric {
  readonly name: string
  readonly ideal = 0
  readonly higherIsBetter = false
  readonly unit = "fraction"
  protected readonly recipe: string
  private readonly threshold: number
  private readonly area: number
  private channels = 1

  constructor(
    selection: Required<Pick<CounterfactualSelection, "alpha">> = { alpha: 0 },
    options: IndistinctOptions = {},
  ) {
    super(selection, options)
    this.threshold = options.threshold ?? 0.1
    this.area = options.area ?? 0.01
    this.name = `Indistinct concepts${selectionName(selection)}`
    this.recipe = `share of images with two concepts whose CEs differ by > ${this.threshold} in a channel on < ${this.area} of the pixels, 8-bit images in [0, 1]`
  }

  protected async vectors({ images, originals }: CounterfactualInput, rows: readonly number[]) {
    checkPair(originals, images, "Originals")
    this.channels = images.shape[3]
    const made = await byteRows(images, rows)
    return made.map((vector) => ({ vector, original: vector }))
  }

  protected compare(a: Held, b: Held): number {
    const pixels = a.vector.length / this.channels
    let differ = 0
    for (let pixel = 0; pixel < pixels; pixel++) {
      let largest = 0
      for (let i = pixel * this.channels; i < (pixel + 1) * this.channels; i++)
        largest = Math.max(largest, Math.abs(a.vector[i]! - b.vector[i]!))
      if (largest / 255 > this.threshold) differ++
    }
    return differ / pixels
  }

  protected combine(pairs: readonly number[]): number {
    return Math.min(...pairs) < this.area ? 1 : 0
  }
}
