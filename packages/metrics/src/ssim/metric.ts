import { type ImageShape, ShapeError } from "@ifnormal/core"
import { MeanMetric } from "../counterfactual/mean-metric.js"
import type { BootstrapOptions } from "../intervals/options.js"
import { type CounterfactualInput, type CounterfactualSelection, selectionName } from "../selection.js"
import { type SsimRecipe, ssim, ssimMinimumSide, ssimRecipe } from "./ssim.js"

export interface SsimMetricOptions {
  readonly selection?: CounterfactualSelection
  /** Default "scikit-image". */
  readonly recipe?: SsimRecipe
  readonly bootstrap?: BootstrapOptions
}

/** Mean SSIM of original and counterfactual. Default alpha = 0. The images are in [0, 1]. */
export class SsimMetric extends MeanMetric {
  readonly name: string
  readonly ideal = 1
  readonly higherIsBetter = true
  readonly unit = undefined
  protected readonly recipe: string
  private readonly form: SsimRecipe

  constructor({ selection = { alpha: 0 }, recipe = "scikit-image", bootstrap }: SsimMetricOptions = {}) {
    super(selection, bootstrap)
    this.name = `SSIM anomaly to CE${selectionName(selection)}`
    this.form = recipe
    this.recipe = ssimRecipe({ recipe, dataRange: 1 })
  }

  /** @throws ShapeError "ssim-shape", DataError "ssim-nan" */
  protected async measure({ originals, images }: CounterfactualInput) {
    if (originals.shape.join() !== images.shape.join())
      throw new ShapeError({
        code: "ssim-shape",
        message: `Counterfactuals have shape [${images.shape.join(", ")}], their originals [${originals.shape.join(", ")}], expected the same.`,
        next: "Feed each counterfactual with the image that it came from.",
      })
    const [batch, height, width, channels] = images.shape
    const shape: ImageShape = [height, width, channels]
    const side = ssimMinimumSide(this.form)
    if (Math.min(height, width) < side)
      return `SSIM as ${this.form} computes it needs images of at least ${side}x${side} pixels, found ${width}x${height}.`
    const [before, after] = await Promise.all([originals.data(), images.data()])
    const size = height * width * channels
    const of = (all: typeof before, row: number) => all.subarray(row * size, (row + 1) * size)
    return Float64Array.from({ length: batch }, (_, row) =>
      ssim(of(before, row), of(after, row), shape, { recipe: this.form, dataRange: 1 }),
    )
  }
}
