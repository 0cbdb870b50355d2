import * as tf from "@tensorflow/tfjs-core"
import type { ImageSource } from "../contract/images.js"
import { toTensor } from "../data/batches.js"

/** Images as a model sees them: more rows than asked for where `n` is no bucket's size. */
export interface Bucket {
  /** [bucket, height, width, channels] in [0, 1]; rows from `n` on repeat row `n - 1`. Owned by the iterator. */
  readonly x: tf.Tensor4D
  /** Rows that count. */
  readonly n: number
}

/** The smallest power of two that holds `n` rows, at most `most`. */
export function bucketSize(n: number, most: number): number {
  return Math.min(most, 2 ** Math.ceil(Math.log2(n)))
}

/**
 * All images in order, at most `size` at a time, the last ones padded to a power of two. An engine that compiles a graph
 * for every batch size compiles log2(size) + 1 of them at most, whatever numbers of images come; no image's result
 * depends on the others of its batch (contract of detectors and generators), so callers cut the rest. Rows are copied
 * from values, not sliced by the engine, for which every offset would be a graph of its own.
 * @param images a source, or [n, height, width, channels]
 */
export async function* buckets(
  images: ImageSource | tf.Tensor4D,
  size: number,
): AsyncGenerator<Bucket, void, undefined> {
  const total = images instanceof tf.Tensor ? images.shape[0] : images.length
  const read = images instanceof tf.Tensor ? await rowsOf(images) : undefined
  for (let start = 0; start < total; start += size) {
    const n = Math.min(size, total - start)
    const rows = Array.from({ length: bucketSize(n, size) }, (_, i) => start + Math.min(i, n - 1))
    const x = read
      ? read(rows)
      : toTensor(await (images as ImageSource).read(rows), rows.length, (images as ImageSource).shape)
    try {
      yield { x, n }
    } finally {
      x.dispose()
    }
  }
}

/** Chosen rows of a tensor, as a new tensor. */
async function rowsOf(images: tf.Tensor4D): Promise<(rows: readonly number[]) => tf.Tensor4D> {
  const [n, height, width, channels] = images.shape
  const values = (await images.data()) as Float32Array
  const pixels = values.length / Math.max(1, n)
  return (rows) => {
    const chosen = new Float32Array(rows.length * pixels)
    for (const [i, row] of rows.entries())
      chosen.set(values.subarray(row * pixels, (row + 1) * pixels), i * pixels)
    return tf.tensor4d(chosen, [rows.length, height, width, channels], "float32")
  }
}
