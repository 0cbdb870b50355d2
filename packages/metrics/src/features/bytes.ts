import type * as tf from "@tensorflow/tfjs-core"
import type { ByteImages } from "./extractor.js"

/**
 * Images in [0, 1] as bytes, rounded to the nearest level (our choice; torchmetrics truncates, which moves images that
 * came from bytes down by a level where float32 falls short).
 * @param images [n, height, width, channels]
 */
export async function toBytes(images: tf.Tensor4D): Promise<ByteImages> {
  const [length, height, width, channels] = images.shape
  const values = await images.data()
  const bytes = new Uint8Array(values.length)
  for (let i = 0; i < values.length; i++) bytes[i] = Math.min(255, Math.max(0, Math.round(values[i]! * 255)))
  return { shape: [height, width, channels], bytes, length }
}
