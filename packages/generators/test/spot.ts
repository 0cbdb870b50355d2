import { Detector, type ImageShape, stream, type TrainingData, toTensor } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"

export const shape: ImageShape = [16, 16, 3]
const size = 16 * 16 * 3

/**
 * A detector whose right answer is known: the largest red minus green after averaging 3 x 3 pixels, so red spots are
 * what is anomalous. Scores of gray images are near 0.
 */
export class RedDetector extends Detector {
  readonly inputShape = shape
  readonly variables = {}
  constructor(
    readonly gradients: "exact" | "none" = "exact",
    readonly steepness = 12,
    readonly unit = 1,
  ) {
    super()
  }
  async fit(): Promise<void> {}
  rawScore(x: tf.Tensor4D): tf.Tensor1D {
    if (this.gradients === "none") throw new Error("Scores only.")
    return this.#redness(x)
  }
  override async rawScoreBatch(x: tf.Tensor4D): Promise<tf.Tensor1D> {
    return this.#redness(x)
  }
  #redness(x: tf.Tensor4D): tf.Tensor1D {
    return tf.tidy(() => {
      const channel = (c: number) => tf.slice(x, [0, 0, 0, c], [-1, 16, 16, 1])
      const red = tf.avgPool(tf.sub(channel(0), channel(1)) as tf.Tensor4D, 3, 1, "same")
      const flat = tf.reshape(red, [x.shape[0], 256])
      return tf
        .logSumExp(tf.mul(flat, 20), 1)
        .sub(Math.log(256))
        .mul(this.unit / 20) as tf.Tensor1D
    })
  }
  bound(raw: tf.Tensor1D): tf.Tensor1D {
    return tf.tidy(
      () => tf.sigmoid(tf.mul(tf.sub(tf.div(raw, this.unit), 0.25), this.steepness)) as tf.Tensor1D,
    )
  }
}

/** Bytes of a gray image with its own gradient and grain. */
export function gray(seed: number): Uint8Array {
  const random = stream(seed, "gray")
  const [slope, level] = [random.uniform() * 3, 100 + random.uniform() * 30]
  const bytes = new Uint8Array(size)
  for (let i = 0; i < 256; i++)
    bytes.fill(Math.round(level + slope * (i % 16) + 4 * random.uniform()), 3 * i, 3 * i + 3)
  return bytes
}

/** Rows and columns of the spots. */
export const spots = [
  [3, 3],
  [9, 10],
] as const

/** A gray image with red spots of 4 x 4 pixels. */
export function spotted(seed = 100, at: readonly (readonly [number, number])[] = spots): tf.Tensor4D {
  const bytes = gray(seed)
  for (const [top, left] of at)
    for (let y = top; y < top + 4; y++)
      for (let x = left; x < left + 4; x++) bytes.set([210, 20, 40], 3 * (16 * y + x))
  return toTensor(bytes, 1, shape)
}

/** Whether pixel i is in a spot, or beside it. */
export function inSpot(i: number, margin = 1): boolean {
  const [y, x] = [Math.floor(i / 16), i % 16]
  return spots.some(
    ([top, left]) => y >= top - margin && y < top + 4 + margin && x >= left - margin && x < left + 4 + margin,
  )
}

/** Share of the squared change near the spots. */
export function shareInSpots(x: ArrayLike<number>, made: ArrayLike<number>): number {
  let [inside, all] = [0, 0]
  for (let i = 0; i < x.length; i++) {
    const energy = ((x[i] as number) - (made[i] as number)) ** 2
    all += energy
    if (inSpot(Math.floor(i / 3))) inside += energy
  }
  return inside / all
}

/** `n` different gray images. */
export function grayData(n: number): TrainingData {
  return {
    shape,
    length: n,
    outliers: 0,
    async *batches({ size: rows, seed, start = 0 }) {
      for (let step = start; ; step++) {
        const random = stream(seed, "grays", step)
        const bytes = Uint8Array.from(Array.from({ length: rows }, () => [...gray(random.int(n))]).flat())
        const batch = { x: toTensor(bytes, rows, shape), outlier: tf.zeros<tf.Rank.R1>([rows]) }
        try {
          yield batch
        } finally {
          tf.dispose([batch.x, batch.outlier])
        }
      }
    },
  }
}

export const fit = { steps: 1, batchSize: 8, learningRate: 0, seed: 1 }
