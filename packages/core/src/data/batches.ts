import * as tf from "@tensorflow/tfjs-core"
import { ConfigError, DataError, ShapeError } from "../contract/errors.js"
import type { ImageShape, ImageSource } from "../contract/images.js"
import type { TrainingBatch, TrainingData } from "../contract/training.js"
import { stream } from "../random.js"

/**
 * Bytes of n images as a batch, [n, height, width, channels] in [0, 1].
 * @throws ShapeError "shape-bytes" when there are not n images' bytes.
 */
export function toTensor(bytes: Uint8Array, n: number, shape: ImageShape): tf.Tensor4D {
  const [height, width, channels] = shape
  const expected = n * height * width * channels
  if (bytes.length !== expected)
    throw new ShapeError({
      code: "shape-bytes",
      message: `${n} images of [${shape.join(", ")}] need ${expected} bytes, found ${bytes.length}.`,
      next: "Read as many images as the batch has, in the source's own shape.",
    })
  const values = new Float32Array(expected)
  for (let i = 0; i < expected; i++) values[i] = (bytes[i] as number) / 255
  return tf.tensor4d(values, [n, height, width, channels], "float32")
}

/**
 * Endless seeded batches. The images of batch i are drawn with replacement from the stream (seed, "data", i), so batch i
 * depends on (seed, i) only. With outliers, the first ceil(size / 2) images of a batch are normal, the others outlier
 * exposure.
 * @throws DataError "data-empty" without images; ShapeError "shape-source" when the outliers have another shape.
 */
export function trainingData(normal: ImageSource, outliers?: ImageSource): TrainingData {
  refuseEmpty("normal images", normal)
  if (outliers) {
    refuseEmpty("outlier exposure", outliers)
    if (outliers.shape.join() !== normal.shape.join())
      throw new ShapeError({
        code: "shape-source",
        message: `Outlier exposure has images of [${outliers.shape.join(", ")}], expected [${normal.shape.join(", ")}] as the normal images.`,
        next: "Convert one of the two to the shape of the other.",
      })
  }
  return {
    shape: normal.shape,
    length: normal.length,
    outliers: outliers?.length ?? 0,
    batches: ({ size, seed, outliers: mixed, start = 0 }) => {
      requireWhole("Batch size", size, 1)
      requireWhole("First step", start, 0)
      return seededBatches(normal, mixed ? outliers : undefined, size, seed, start)
    },
  }
}

async function* seededBatches(
  normal: ImageSource,
  outliers: ImageSource | undefined,
  size: number,
  seed: number,
  start: number,
): AsyncGenerator<TrainingBatch, void, undefined> {
  const normals = outliers ? Math.ceil(size / 2) : size
  for (let step = start; ; step++) {
    const random = stream(seed, "data", step)
    const draw = (count: number, source: ImageSource) =>
      source.read(Array.from({ length: count }, () => random.int(source.length)))
    const first = await draw(normals, normal)
    const second = outliers ? await draw(size - normals, outliers) : new Uint8Array(0)
    const bytes = new Uint8Array(first.length + second.length)
    bytes.set(first)
    bytes.set(second, first.length)
    const x = toTensor(bytes, size, normal.shape)
    const outlier = tf.tensor1d(Float32Array.from({ length: size }, (_, i) => (i < normals ? 0 : 1)))
    try {
      yield { x, outlier }
    } finally {
      x.dispose()
      outlier.dispose()
    }
  }
}

/**
 * All images in order, [at most size, height, width, channels] each. A batch is owned by the iterator, valid until the
 * next one.
 */
export async function* imageBatches(
  source: ImageSource,
  size: number,
): AsyncGenerator<tf.Tensor4D, void, undefined> {
  requireWhole("Batch size", size, 1)
  for (let start = 0; start < source.length; start += size) {
    const count = Math.min(size, source.length - start)
    const bytes = await source.read(Array.from({ length: count }, (_, i) => start + i))
    const x = toTensor(bytes, count, source.shape)
    try {
      yield x
    } finally {
      x.dispose()
    }
  }
}

function refuseEmpty(what: string, source: ImageSource): void {
  if (source.length > 0) return
  throw new DataError({
    code: "data-empty",
    message: `Found no ${what}, expected at least one image.`,
    next: "Choose normal classes and outlier exposure that the data set has.",
  })
}

function requireWhole(what: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return
  throw new ConfigError({
    code: "config-invalid",
    message: `${what} found as ${value}, expected a whole number of at least ${least}.`,
    next: "Change the value.",
  })
}
