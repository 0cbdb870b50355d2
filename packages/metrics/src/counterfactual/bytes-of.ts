import type * as tf from "@tensorflow/tfjs-core"
import { toBytes } from "../features/bytes.js"
import { refuseNaN } from "../numbers.js"

/** Images in [0, 1] as bytes, one row each. @throws DataError "metric-nan" */
export async function bytesOf(images: tf.Tensor4D): Promise<Uint8Array> {
  refuseNaN(await images.data(), "pixels")
  return (await toBytes(images)).bytes
}
