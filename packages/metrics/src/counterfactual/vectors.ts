import type * as tf from "@tensorflow/tfjs-core"
import type { FeatureExtractor } from "../features/extractor.js"
import { featureRows } from "../fid/shared-features.js"
import { refuseNaN } from "../numbers.js"
import { read } from "./pixels.js"
import { shrink } from "./shrink.js"

/**
 * Some images of a batch as vectors whose distances count: features of an extractor, or pixels.
 * @param side images larger than this are shrunk before pixels are compared
 * @returns one vector per row, not to be changed
 * @throws DataError "metric-nan", or "metric-images" of the extractor
 */
export async function vectors(
  images: tf.Tensor4D,
  rows: readonly number[],
  side: number,
  extractor?: FeatureExtractor,
): Promise<readonly Float32Array[]> {
  if (extractor) {
    // Bytes, which features are taken of, have no NaN.
    refuseNaN(await images.data(), "pixels")
    const found = await featureRows(extractor, images, rows)
    for (const vector of found) refuseNaN(vector, "features")
    return found
  }
  const data = await read(() => shrink(images, side))
  refuseNaN(data, "pixels")
  const size = data.length / images.shape[0]
  return rows.map((row) => data.slice(row * size, (row + 1) * size))
}
