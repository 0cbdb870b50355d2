import { IfnormalError, type ImageShape, type MetricContext, ShapeError } from "@ifnormal/core"
import { MeanMetric } from "../counterfactual/mean-metric.js"
import type { BootstrapOptions } from "../intervals/options.js"
import { type CounterfactualInput, type CounterfactualSelection, selectionName } from "../selection.js"
import { refuseShapes } from "./input.js"
import type { Lpips } from "./lpips.js"
import { loadLpips } from "./trunk-file.js"
import { type LpipsTrunk, minimumSide } from "./trunks.js"

export interface LpipsMetricOptions {
  readonly selection?: CounterfactualSelection
  /** As in `LpipsInput`; default: images stay as they are. */
  readonly upsample?: number
  readonly bootstrap?: BootstrapOptions
}

/** Mean LPIPS of original and counterfactual. Default alpha = 0. The images are in [0, 1]. */
export class LpipsMetric extends MeanMetric {
  readonly name: string
  readonly ideal = 0
  readonly higherIsBetter = false
  readonly unit = "distance"
  protected recipe = ""
  private readonly upsample: number | undefined

  /** @param lpips the distance, or why there is none */
  constructor(
    private readonly lpips: Lpips | string,
    { selection = { alpha: 0 }, upsample, bootstrap }: LpipsMetricOptions = {},
  ) {
    super(selection, bootstrap)
    this.name = `LPIPS anomaly to CE${selectionName(selection)}`
    this.upsample = upsample
  }

  protected async measure({ originals, images }: CounterfactualInput) {
    if (typeof this.lpips === "string") return this.lpips
    const { values, recipe } = await this.lpips.distances(originals, images, {
      range: "unit",
      upsample: this.upsample,
    })
    this.recipe = recipe
    return values
  }
}

/**
 * What the config type does where nobody says otherwise: 64 for images below the trunk's minimum, such as MNIST's, else
 * none. LPIPS was fitted to patches of 64x64 (Zhang et al. 2018); that it is used at all is our choice, and the recipe
 * names it.
 */
export function defaultUpsample(trunk: LpipsTrunk, [height, width]: ImageShape): number | undefined {
  return Math.min(height, width) < minimumSide(trunk) ? 64 : undefined
}

/**
 * LPIPS with the trunk weights that the context has, or why there is none: no weights, or images too small.
 * @throws ConfigError "lpips-upsample"; what reading the weights throws, other than "weights-missing"
 */
export async function lpipsOf(
  trunk: LpipsTrunk,
  inputShape: ImageShape,
  { weights }: Pick<MetricContext, "weights">,
  upsample?: number,
): Promise<Lpips | string> {
  const missing = `Run: ifnormal weights fetch lpips-${trunk}`
  try {
    const shape = [1, ...inputShape]
    refuseShapes(trunk, shape, shape, upsample)
    if (!weights) return `There are no weights of the ${trunk} trunk. ${missing}`
    return await loadLpips(trunk, await weights(`lpips-${trunk}`))
  } catch (error) {
    const reason =
      error instanceof ShapeError || (IfnormalError.isInstance(error) && error.code === "weights-missing")
    if (!reason) throw error
    return `${(error as IfnormalError).message} ${(error as IfnormalError).next}`
  }
}
