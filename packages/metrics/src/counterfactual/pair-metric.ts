import { Metric, type MetricInput, type MetricResult } from "@ifnormal/core"
import type { BootstrapOptions } from "../intervals/options.js"
import { type CounterfactualInput, type CounterfactualSelection, selectRows } from "../selection.js"
import { ImageRows } from "./image-rows.js"
import { ImageSample } from "./image-sample.js"

/** A vector that pairs are compared by: an image's bytes, HWC, or its features. */
export type HeldVector = Uint8Array | Float32Array

/** A counterfactual while it waits for those of the other concepts. */
export interface Held {
  readonly concept: number
  readonly vector: HeldVector
  readonly original: HeldVector
}

interface HeldImage {
  readonly counterfactuals: Held[]
  readonly pairs: number[]
}

export interface PairOptions {
  readonly bootstrap?: BootstrapOptions | undefined
  /** Images that are compared, at most; more are drawn at random by the bootstrap's seed. Default 500. */
  readonly limit?: number | undefined
}

/**
 * Compares the counterfactuals of different concepts of one image. They may come in any order and batch, so they are
 * held until compute, as bytes (as files store and screens show them) or features, for `limit` images: at the default
 * 500, K = 2 and 224 x 224 x 3 pixels that is 225 MB with the originals, at 28 x 28 x 3 3.5 MB. Needs `index`.
 */
export abstract class PairMetric extends Metric {
  abstract readonly unit: "fraction" | "distance" | undefined
  protected abstract readonly recipe: string
  private readonly sample: ImageSample<HeldImage>
  private skipped: string | undefined

  constructor(
    private readonly selection: CounterfactualSelection & { readonly alpha: number },
    private readonly options: PairOptions,
  ) {
    super()
    this.sample = new ImageSample(options.limit ?? 500, options.bootstrap?.seed ?? 1)
  }

  /** Vectors of the counterfactuals in some rows, and of their originals; or why there are none. */
  protected abstract vectors(
    input: CounterfactualInput,
    rows: readonly number[],
  ): Promise<readonly Omit<Held, "concept">[] | string>
  /** What a pair adds. */
  protected abstract compare(a: Held, b: Held): number
  /** One value per image from its pairs; their mean is the result. */
  protected abstract combine(pairs: readonly number[]): number

  /** @throws DataError "metric-nan", ShapeError "shape-images" */
  async update(input: MetricInput): Promise<void> {
    if (input.role !== "counterfactual") return
    const rows = selectRows(input, this.selection)
    if (rows.length === 0) return
    if (!input.index) {
      this.skipped = "The input does not say which counterfactuals are of one image (index)."
      return
    }
    const made = await this.vectors(input, rows)
    if (typeof made === "string") {
      this.skipped = made
      return
    }
    rows.forEach((row, i) => {
      const image = this.sample.offer(input.index![row]!, () => ({ counterfactuals: [], pairs: [] }))
      const concept = input.concept[row]!
      if (!image || image.counterfactuals.some((other) => other.concept === concept)) return
      const held = { concept, ...made[i]! }
      for (const other of image.counterfactuals) image.pairs.push(this.compare(other, held))
      image.counterfactuals.push(held)
    })
  }

  async compute(): Promise<MetricResult> {
    const images = this.sample.entries().filter(([, { pairs }]) => pairs.length > 0)
    const skipped =
      this.skipped ??
      (this.sample.seen === 0
        ? "There are no counterfactuals."
        : images.length === 0
          ? "No image has counterfactuals of two concepts."
          : undefined)
    if (skipped) return { value: Number.NaN, n: 0, skipped }
    const { bootstrap } = this.options
    const rows = new ImageRows()
    for (const [index, { pairs }] of images) rows.add(index, [this.combine(pairs)])
    const pair = images.reduce((sum, [, { pairs }]) => sum + pairs.length, 0)
    return {
      recipe: this.recipe,
      ...(this.unit === "fraction" ? rows.share(this.recipe, bootstrap) : rows.mean(bootstrap)),
      n: images.length,
      counts: { original: images.length, pair, seen: this.sample.seen },
    }
  }

  reset(): void {
    this.sample.clear()
    this.skipped = undefined
  }
}
