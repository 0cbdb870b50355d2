import type * as tf from "@tensorflow/tfjs-core"
import { toBytes } from "../features/bytes.js"
import type { FeatureExtractor } from "../features/extractor.js"
import { read } from "./pixels.js"
import { shrink } from "./shrink.js"

/** Images as vectors whose distances count: pixels, or features of an extractor. */
export interface Vectors {
  /** [batch * dimensions] */
  readonly data: Float32Array
  readonly dimensions: number
}

/**
 * @param side images larger than this are shrunk first; features are always those of the whole image
 * @throws DataError "metric-images" of the extractor
 */
export async function vectors(
  images: tf.Tensor4D,
  side: number,
  extractor?: FeatureExtractor,
): Promise<Vectors> {
  const data = extractor
    ? await extractor.features(await toBytes(images))
    : await read(() => shrink(images, side))
  return { data, dimensions: data.length / images.shape[0] }
}
