import * as tf from "@tensorflow/tfjs-core"
import { toBytes } from "../features/bytes.js"
import type { FeatureExtractor } from "../features/extractor.js"

/** Feature vectors of one tensor's rows. */
interface Known {
  readonly rows: Map<number, Float32Array>
  /** Settles when the extraction in progress has ended. */
  last: Promise<unknown>
}

/** By tensor and by the extractor's id. */
const ofTensors = new WeakMap<tf.Tensor, Map<string, Known>>()

/**
 * Feature vectors of some rows of a batch. Metrics whose extractors are of one kind and that are given the same tensor, as
 * in one evaluation, share the vectors as well: each image is extracted once, and only when a metric asks for it.
 * @param images [batch, height, width, channels] in [0, 1]
 * @returns one array of `extractor.dimensions` per row, in the order of `rows`; not to be changed
 * @throws as the extractor
 */
export async function featureRows(
  extractor: FeatureExtractor,
  images: tf.Tensor4D,
  rows: readonly number[],
): Promise<Float32Array[]> {
  const ofTensor = ofTensors.get(images) ?? new Map<string, Known>()
  ofTensors.set(images, ofTensor)
  const known = ofTensor.get(extractor.id) ?? { rows: new Map(), last: Promise.resolve() }
  ofTensor.set(extractor.id, known)
  const extraction = known.last.then(() => extract(extractor, images, rows, known.rows))
  known.last = extraction.catch(() => undefined)
  await extraction
  return rows.map((row) => known.rows.get(row)!)
}

async function extract(
  extractor: FeatureExtractor,
  images: tf.Tensor4D,
  rows: readonly number[],
  known: Map<number, Float32Array>,
): Promise<void> {
  const missing = [...new Set(rows)].filter((row) => !known.has(row))
  if (missing.length === 0) return
  const some = missing.length < images.shape[0] ? tf.gather(images, missing) : undefined
  try {
    const bytes = await toBytes(some ?? images)
    const features = await extractor.features(bytes)
    const d = extractor.dimensions
    missing.forEach((row, i) => {
      known.set(row, features.slice(i * d, (i + 1) * d))
    })
  } finally {
    some?.dispose()
  }
}
