import type { BootstrapOptions } from "../intervals/options.js"
import { distribution, percentiles } from "../intervals/redraw.js"
import { concat } from "./aupro.js"
import { areaOfPositive } from "./partial-auroc.js"
import type { PixelImage } from "./pixels.js"
import { sortScores } from "./sort.js"
import { countUpTo, quantileThresholds } from "./thresholds.js"

/** How many pixels of an image lie between two thresholds, ascending; defect pixels by their weight in the curve. */
interface Histogram {
  readonly normal: Float64Array
  readonly defect: Float64Array
}

/**
 * Percentile bootstrap over images of `pixelArea`: images with defects and images without are redrawn on their own, each
 * with all of its pixels, since pixels of one image are no independent evidence. A draw weighs histograms of the images
 * over at most 2048 thresholds (quantiles of both kinds of pixels) instead of sorting pixels again, and is moved by the
 * difference that these thresholds make for the images as they are; the ends are within a hundredth of the interval's width
 * of sorting anew. 1000 draws of 100 images of 256 x 256 take 3 s in all. A draw without any pixel outside defects is
 * drawn again.
 * @param value `pixelArea` of the images
 */
export function pixelInterval(
  images: readonly PixelImage[],
  value: number,
  limit: number,
  unit: "pixel" | "region",
  options?: BootstrapOptions,
): [low: number, high: number] {
  const histograms = imageHistograms(images, unit)
  const kinds = [true, false].map((defective) =>
    histograms.filter((_, i) => images[i]!.regions.length > 0 === defective),
  )
  const bins = histograms[0]!.normal.length
  const [normal, defect] = [new Float64Array(bins), new Float64Array(bins)]
  const area = (each: (add: (histogram: Histogram) => void) => void) => {
    normal.fill(0)
    defect.fill(0)
    each((histogram) => {
      accumulate(normal, histogram.normal)
      if (histogram.defect.length > 0) accumulate(defect, histogram.defect)
    })
    return binnedArea(normal, defect, limit)
  }
  const shift = value - area((add) => histograms.forEach(add))
  const values = distribution(options, (random) => {
    for (;;) {
      const drawn = area((add) => {
        for (const kind of kinds) for (let i = 0; i < kind.length; i++) add(kind[random.int(kind.length)]!)
      })
      if (!Number.isNaN(drawn)) return drawn + shift
    }
  })
  return percentiles(values, options)
}

function imageHistograms(images: readonly PixelImage[], unit: "pixel" | "region"): Histogram[] {
  const thresholds = quantileThresholds(
    sortScores(concat(images.map(({ normal }) => normal))),
    sortScores(concat(images.flatMap(({ regions }) => regions))),
  )
  return images.map(({ normal, regions }) => {
    const histogram = {
      normal: new Float64Array(thresholds.length + 1),
      defect: new Float64Array(regions.length > 0 ? thresholds.length + 1 : 0),
    }
    for (const score of normal) histogram.normal[countUpTo(thresholds, score)]!++
    for (const region of regions) {
      const weight = unit === "pixel" ? 1 : 1 / region.length
      for (const score of region) histogram.defect[countUpTo(thresholds, score)]! += weight
    }
    return histogram
  })
}

function accumulate(target: Float64Array, added: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i]! += added[i]!
}

/** NaN without pixels outside defects. */
function binnedArea(normal: Float64Array, defect: Float64Array, limit: number): number {
  const all = normal.reduce((sum, count) => sum + count, 0)
  let [above, area, weight] = [0, 0, 0]
  for (let bin = normal.length - 1; bin >= 0; bin--) {
    area += defect[bin]! * areaOfPositive(above, normal[bin]!, all, limit)
    above += normal[bin]!
    weight += defect[bin]!
  }
  return all > 0 ? area / weight / limit : Number.NaN
}
