import { Metric, type MetricInput, type MetricResult } from "@ifnormal/core"
import { type BootstrapOptions, bootstrapFields } from "../intervals/options.js"
import { pixelArea } from "./aupro.js"
import { refuseLimit } from "./partial-auroc.js"
import { pixelInterval } from "./pixel-interval.js"
import { missingKind, type PixelImage, pixelImages } from "./pixels.js"

/** What metrics of anomaly maps against masks share. Memory: 8 bytes per pixel of normal images and anomalies. */
abstract class PixelMetric extends Metric {
  readonly unit = "fraction"
  readonly ideal = 1
  readonly higherIsBetter = true
  private images: PixelImage[] = []
  private counts = { normal: 0, anomaly: 0 }
  private missing: string | undefined

  constructor(private readonly bootstrap?: BootstrapOptions) {
    super()
  }

  protected abstract readonly recipe: string
  protected abstract readonly limit: number
  protected abstract readonly weighting: "pixel" | "region"

  /** @throws ShapeError "metric-shape", DataError "metric-nan", "metric-mask" */
  async update(input: MetricInput): Promise<void> {
    if (input.role === "counterfactual") return
    const { role, maps, masks } = input
    if (!maps) this.missing ??= "The detector gives no anomaly maps."
    else if (!masks && role === "anomaly") this.missing ??= "The anomalies have no masks."
    if (this.missing || !maps) return
    const planes = async (tensor: NonNullable<typeof maps>) => ({
      shape: tensor.shape,
      data: await tensor.data(),
    })
    this.images.push(...pixelImages(await planes(maps), masks && (await planes(masks))))
    this.counts[role] += maps.shape[0]
  }

  /** n counts images of both kinds; `counts` has them, and the regions. */
  async compute(): Promise<MetricResult> {
    const { images, counts, limit, weighting, bootstrap } = this
    const kind = missingKind(images)
    const skipped =
      this.missing ?? (images.length === 0 ? "There are no images." : kind && `There are no ${kind}.`)
    if (skipped) return { value: Number.NaN, n: 0, skipped }
    const value = pixelArea(images, limit, weighting)
    return {
      value,
      n: images.length,
      counts: { ...counts, region: images.reduce((sum, { regions }) => sum + regions.length, 0) },
      recipe: `${this.recipe}; percentile bootstrap over images at up to 2048 thresholds`,
      interval: pixelInterval(images, value, limit, weighting, bootstrap),
      ...bootstrapFields(bootstrap),
    }
  }

  reset(): void {
    this.images = []
    this.counts = { normal: 0, anomaly: 0 }
    this.missing = undefined
  }
}

/** AuROC of all pixels together: whether the detector's maps show where defects are. Large defects weigh most. */
export class PixelAuroc extends PixelMetric {
  readonly name = "Pixel AuROC"
  protected readonly recipe = "exact rank statistic of all pixels, ties half"
  protected readonly limit = 1
  protected readonly weighting = "pixel"
}

/** Area under the per-region-overlap curve: as pixel AuROC, but each defect region weighs the same. */
export class Aupro extends PixelMetric {
  readonly name: string
  protected readonly recipe: string
  protected readonly weighting = "region"

  /**
   * @param limit false positive rate up to which the curve counts, in (0, 1], default 0.3 as in MVTec's evaluation
   * @throws ConfigError "metric-option"
   */
  constructor(
    protected readonly limit = 0.3,
    bootstrap?: BootstrapOptions,
  ) {
    super(bootstrap)
    refuseLimit(limit, "fprLimit")
    this.name = `AUPRO, FPR <= ${limit}`
    this.recipe = `per-region overlap for FPR <= ${limit}, exact over all thresholds, 8-connected regions (MVTec)`
  }
}
