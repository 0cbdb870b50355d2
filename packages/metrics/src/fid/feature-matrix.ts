import { DataError, ShapeError } from "@ifnormal/core"

/** Feature vectors of images, one per row. */
export interface FeatureMatrix {
  /** [length * dimensions], row-major. */
  readonly data: Float32Array
  /** Number of images n. */
  readonly length: number
  /** Length d of a feature vector. */
  readonly dimensions: number
}

/**
 * Refuses features that no statistic can be made of.
 * @param what how errors call the set, such as "counterfactuals"
 * @param least smallest number of images that the statistic needs, and `because` why
 * @throws ShapeError "metric-length" when data is not length * dimensions; DataError "metric-empty" for no image,
 * "metric-few" for fewer than `least`, "metric-nan" for NaN or Infinity
 */
export function checkFeatures(
  { data, length, dimensions }: FeatureMatrix,
  what: string,
  least = 1,
  because = "",
): void {
  if (!(dimensions >= 1) || data.length !== length * dimensions)
    throw new ShapeError({
      code: "metric-length",
      message: `The features of the ${what} hold ${data.length} numbers, expected ${length} images x ${dimensions} dimensions.`,
      next: "Pass one feature vector per image, row by row.",
    })
  if (length === 0)
    throw new DataError({
      code: "metric-empty",
      message: `There are no ${what}, expected at least ${least}.`,
      next: "Check the folder or the selection that the images come from.",
    })
  if (length < least)
    throw new DataError({
      code: "metric-few",
      message: `There ${length === 1 ? "is 1 image" : `are ${length} images`} among the ${what}, expected at least ${least}: ${because}.`,
      next: "Add images.",
    })
  for (let i = 0; i < data.length; i++)
    if (!Number.isFinite(data[i]))
      throw new DataError({
        code: "metric-nan",
        message: `The features of image ${Math.floor(i / dimensions)} of the ${what} hold ${data[i]}; expected finite numbers.`,
        next: "Check the image and the feature extractor's weights: one of them is broken.",
      })
}

/** @throws ShapeError "metric-dimensions" when the two sets come from extractors of different sizes */
export function checkDimensions(a: { dimensions: number }, b: { dimensions: number }): void {
  if (a.dimensions !== b.dimensions)
    throw new ShapeError({
      code: "metric-dimensions",
      message: `The two sets have features of ${a.dimensions} and ${b.dimensions} dimensions, expected the same number.`,
      next: "Make both with one feature extractor.",
    })
}

/** Feature vectors in one matrix. */
export function stackFeatures(rows: readonly Float32Array[], dimensions: number): FeatureMatrix {
  const data = new Float32Array(rows.length * dimensions)
  rows.forEach((row, i) => {
    data.set(row, i * dimensions)
  })
  return { data, length: rows.length, dimensions }
}
