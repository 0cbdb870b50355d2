import { DataError } from "@ifnormal/core"
import type { ByteImages, FeatureExtractor } from "./extractor.js"
import { type Preprocessing, preprocess } from "./preprocess.js"

/** A network behind a resize. */
export interface ExtractorParts {
  readonly recipe: string
  readonly dimensions: number
  readonly id: string
  readonly preprocessing: Preprocessing
  /** Most images that the network sees at once, which bounds the memory. */
  readonly batch: number
  /** The network takes `batch` images and no other number. Default false. */
  readonly fixed?: boolean
  /**
   * @param images [rows, height, width, 3] of the preprocessing's size, NHWC; reused after the promise is resolved
   * @returns [rows, dimensions]
   */
  run(images: Float32Array, rows: number): Promise<Float32Array>
  dispose(): void
}

/**
 * An extractor that resizes each image by itself and gives the network full batches. The last, partial batch is filled up
 * to a power of two, so that an engine compiles few graphs whatever the number of images.
 */
export function networkExtractor(parts: ExtractorParts): FeatureExtractor {
  const { recipe, dimensions, id, preprocessing, batch, fixed, run, dispose } = parts
  const [height, width] = preprocessing.size
  const length = height * width * 3
  const featuresOfAll = async (sets: readonly ByteImages[]): Promise<Float32Array> => {
    const places = sets.flatMap((set) => {
      refuseImages(set)
      return Array.from({ length: set.length }, (_, index) => ({ set, index }))
    })
    const result = new Float32Array(places.length * dimensions)
    let input = new Float32Array(0)
    for (let start = 0; start < places.length; start += batch) {
      const now = places.slice(start, start + batch)
      const rows = fixed ? batch : Math.min(batch, 2 ** Math.ceil(Math.log2(now.length)))
      if (input.length !== rows * length) input = new Float32Array(rows * length)
      for (const [row, { set, index }] of now.entries())
        preprocess(set, index, preprocessing, input.subarray(row * length, (row + 1) * length))
      input.fill(0, now.length * length)
      const features = (await run(input, rows)).subarray(0, now.length * dimensions)
      if (!features.every(Number.isFinite)) refuseFeatures(recipe)
      result.set(features, start * dimensions)
    }
    return result
  }
  return { recipe, dimensions, id, features: (images) => featuresOfAll([images]), featuresOfAll, dispose }
}

function refuseImages({ shape, bytes, length }: ByteImages): void {
  const [height, width, channels] = shape
  if (height >= 1 && width >= 1 && (channels === 1 || channels === 3) && length >= 1)
    if (bytes.length === length * height * width * channels) return
  throw new DataError({
    code: "metric-images",
    message: `Found ${length} images [${shape.join(", ")}] in ${bytes.length} bytes, expected at least one image of 1 or 3 channels, one byte a value.`,
    next: "Convert the images to gray or RGB; leave alpha out.",
  })
}

function refuseFeatures(recipe: string): never {
  throw new DataError({
    code: "metric-features",
    message: `The network of ${recipe} gave features that are not finite, expected finite numbers for every image.`,
    next: "Check the weights, and the scale (mean, std) that the network expects.",
  })
}
