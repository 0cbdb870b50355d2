import * as tf from "@tensorflow/tfjs-core"
import type { BootstrapOptions } from "../intervals/options.js"
import { refuseNaN } from "../numbers.js"
import { type CounterfactualInput, type CounterfactualSelection, selectionName } from "../selection.js"
import { MeanMetric } from "./mean-metric.js"
import { checkPair, checkPlane, read } from "./pixels.js"
import { quantile } from "./quantile.js"

/** 1 score, 2 change outside the defect, 3 map inside it, 4 map outside it. */
export type ArProProperty = 1 | 2 | 3 | 4

/** Where the defect is: the most anomalous share of the original's map, or the masks of the data set. */
export type ArProRegion = "map" | "mask"

const properties = {
  1: ["overall score", "mean raw score of the CE"],
  2: ["change outside", "mean over CEs of sqrt(sum of (x - CE)^2 over the good region), images in [0, 1]"],
  3: ["map inside", "mean over CEs and all pixels of bad region * (map(CE) - map(x))"],
  4: ["map outside", "mean over CEs and all pixels of good region * (map(CE) - map(x))"],
} as const

/**
 * One of the four properties of a repair of AR-Pro (Ji et al. 2024), for detectors that give anomaly maps, with the
 * definitions of its evaluation: (1) a low overall score, (2) an unchanged good region, (3) a lower map in the bad
 * region, (4) no higher map in the good region. Lower is better in all four; 3 is below 0 for a repair (the ideal range is
 * that of maps in [0, 1]). Needs `maps` and
 * `originalMaps`. The bad region is where the original's map exceeds its own 0.9 quantile (AR-Pro), or the data set's
 * mask. Deviations: images in [0, 1] (AR-Pro: [-1, 1], which doubles property 2). Scores and maps have the detector's
 * own scale, so only repairs under one detector compare; a repair that fools the detector has good values too.
 */
export class ArPro extends MeanMetric {
  readonly name: string
  readonly ideal: number | readonly [number, number]
  readonly higherIsBetter = false
  readonly unit = "distance"
  protected readonly recipe: string
  protected override readonly nothing = "No original has a mask."

  /** @param share quantile of the map above which a pixel is bad, in (0, 1), default 0.9 */
  constructor(
    private readonly property: ArProProperty,
    private readonly region: ArProRegion = "map",
    private readonly share = 0.9,
    selection: CounterfactualSelection = { alpha: 0 },
    bootstrap?: BootstrapOptions,
  ) {
    super(selection, bootstrap)
    const [title, formula] = properties[property]
    this.name = `AR-Pro ${property}, ${title}${selectionName(selection)}`
    this.ideal = property < 3 ? 0 : [-1, 0]
    const where = region === "map" ? `map(x) > its ${share} quantile` : "the defect mask"
    this.recipe = property === 1 ? formula : `${formula}; bad region: ${where}`
  }

  protected async measure(input: CounterfactualInput) {
    const { images, originals, maps, originalMaps, masks, scores } = input
    if (!maps || !originalMaps) return "The detector gives no anomaly maps."
    if (this.region === "mask" && !masks) return "There are no masks."
    checkPlane(maps, images, "Maps")
    checkPlane(originalMaps, images, "Maps of the originals")
    if (this.property === 1) return scores
    checkPair(originals, images, "Originals")
    if (this.region === "mask") checkPlane(masks!, images, "Masks")
    const bad = this.region === "mask" ? tf.clone(masks!) : await badRegion(originalMaps, this.share)
    const values = await read(() => this.values(input, originalMaps, maps, bad))
    const areas = await read(() => tf.sum(bad, [1, 2]))
    bad.dispose()
    return Array.from(values, (value, row) => (areas[row]! > 0 ? value : undefined))
  }

  private values(
    { images, originals }: CounterfactualInput,
    originalMaps: tf.Tensor3D,
    maps: tf.Tensor3D,
    bad: tf.Tensor3D,
  ): tf.Tensor {
    const good = tf.sub(1, bad)
    if (this.property === 2) {
      const energy = tf.sum(tf.square(tf.sub(images, originals)), 3)
      return tf.sqrt(tf.sum(tf.mul(energy, good), [1, 2]))
    }
    return tf.mean(tf.mul(tf.sub(maps, originalMaps), this.property === 3 ? bad : good), [1, 2])
  }
}

/** 1 where a map exceeds its own quantile, [batch, height, width]; nothing of a constant map. */
async function badRegion(maps: tf.Tensor3D, share: number): Promise<tf.Tensor3D> {
  const [batch, height, width] = maps.shape
  const values = await maps.data()
  refuseNaN(values, "maps of the originals")
  const region = new Float32Array(values.length)
  const size = height * width
  for (let image = 0; image < batch; image++) {
    const own = values.subarray(image * size, (image + 1) * size)
    const limit = quantile(own, share)
    for (let i = 0; i < size; i++) region[image * size + i] = own[i]! > limit ? 1 : 0
  }
  return tf.tensor3d(region, [batch, height, width])
}
