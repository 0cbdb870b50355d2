import type * as tf from "@tensorflow/tfjs-core"
import { toBytes } from "../features/bytes.js"
import { refuseNaN } from "../numbers.js"

/** Images in [0, 1] as bytes, one row each. @throws DataError "metric-nan" */
export async function bytesOf(images: tf.Tensor4D): Promise<Uint8Array> {
  refuseNaN(await images.data(), "pixels")
  return (await toBytes(images)).bytes
}

/** Some rows of a batch as bytes. @throws DataError "metric-nan" */
export async function byteRows(images: tf.Tensor4D, rows: readonly number[]): Promise<Uint8Array[]> {
  const bytes = await bytesOf(images)
  const size = bytes.length / images.shape[0]
  return rows.map((row) => bytes.slice(row * size, (row + 1) * size))
}
