import { areaOfPositive, refuseLimit } from "./partial-auroc.js"
import { type PixelImage, type Planes, pixelImages, refuseOneKind } from "./pixels.js"
import { sortScores } from "./sort.js"
import { countBelow, countUpTo } from "./thresholds.js"

/**
 * AuROC of all pixels of all images together, defect pixels positive; exact, ties half.
 * @param maps anomaly scores of the pixels, any scale
 * @param masks of the shape of the maps, 1 where the defect is, 0 elsewhere
 * @returns a fraction in [0, 1]
 * @throws ShapeError "metric-shape", DataError "metric-nan", "metric-mask", "metric-empty" when one kind of pixel is missing
 */
export function pixelAuroc(maps: Planes, masks: Planes): number {
  const images = pixelImages(maps, masks)
  refuseOneKind(images, "Pixel AuROC")
  return pixelArea(images, 1, "pixel")
}

/**
 * Area under the per-region-overlap curve (Bergmann et al. 2021) for false positive rates up to a limit, divided by the
 * limit. The overlap is the mean over defect regions of the share of the region that is found, a region being a connected
 * component (8-connectivity); the rate is over all pixels outside defects of all images. Exact over all thresholds in
 * float64, straight lines between them: MVTec's definition. anomalib 2.7 sums in float32 instead.
 * @param maps anomaly scores of the pixels, any scale
 * @param masks of the shape of the maps, 1 where the defect is, 0 elsewhere
 * @param options.fprLimit in (0, 1], default 0.3
 * @returns a fraction in [0, 1]; a detector that knows nothing has fprLimit / 2
 * @throws ShapeError "metric-shape", ConfigError "metric-option", DataError "metric-nan", "metric-mask", "metric-empty"
 */
export function aupro(maps: Planes, masks: Planes, { fprLimit = 0.3 }: { fprLimit?: number } = {}): number {
  refuseLimit(fprLimit, "fprLimit")
  const images = pixelImages(maps, masks)
  refuseOneKind(images, "AUPRO")
  return pixelArea(images, fprLimit, "region")
}

/**
 * Mean over defect pixels, or over regions of the mean over their pixels, of what a pixel adds to the area; divided by the
 * limit. The curve is a mean of the regions' curves, and these are sums over pixels, so no curve has to be built: one sort
 * of the pixels outside defects and a binary search for each defect pixel.
 */
export function pixelArea(images: readonly PixelImage[], limit: number, unit: "pixel" | "region"): number {
  const normal = sortScores(concat(images.map((image) => image.normal)))
  let [area, weight] = [0, 0]
  for (const { regions } of images)
    for (const region of regions) {
      let sum = 0
      for (const score of region) {
        const below = countBelow(normal, score)
        const tied = normal[below] === score ? countUpTo(normal, score) - below : 0
        sum += areaOfPositive(normal.length - below - tied, tied, normal.length, limit)
      }
      area += unit === "pixel" ? sum : sum / region.length
      weight += unit === "pixel" ? region.length : 1
    }
  return area / weight / limit
}

/** All lists one after the other. */
export function concat(lists: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(lists.reduce((sum, list) => sum + list.length, 0))
  let at = 0
  for (const list of lists) {
    all.set(list, at)
    at += list.length
  }
  return all
}
