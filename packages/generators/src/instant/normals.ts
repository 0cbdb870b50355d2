import { type ImageShape, sha256, type TrainingData, Variables } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"

/** Bytes that stored normal images may take by default. */
const MEMORY = 64 * 2 ** 20

/** How many images are kept by default: as many as fit 64 MiB, at most `most`. */
export function defaultExamples(shape: ImageShape, most: number): number {
  return Math.max(1, Math.min(most, Math.floor(MEMORY / (4 * shape[0] * shape[1] * shape[2]))))
}

/** Normal images that a generator keeps in its variables, so that a checkpoint carries them. */
export class Normals {
  readonly #stored: Variables
  #cache: { readonly dataId: object; readonly images: readonly Float32Array[] } | undefined

  /** @param capacity most images kept */
  constructor(
    readonly shape: ImageShape,
    readonly capacity: number,
  ) {
    this.#stored = new Variables(0)
    const zeros = (size: number) => new Float32Array(size)
    this.#stored.create("examples", [capacity, ...shape], zeros, false)
    this.#stored.create("count", [1], zeros, false)
  }

  get variables(): Readonly<Record<string, tf.Variable>> {
    return this.#stored.all
  }

  /**
   * Takes the first different images of the seeded batches; all of them where the data has no more than the capacity
   * (each is missed with a chance below 1 in 400).
   */
  async take(data: TrainingData, seed: number): Promise<void> {
    const wanted = Math.min(this.capacity, data.length)
    const found = new Map<string, Float32Array>()
    // Drawing with replacement sees all n images after n (ln n + c) draws with probability exp(-exp(-c)).
    let draws = Math.ceil(wanted * (Math.log(wanted) + 6)) + 32
    for await (const { x } of data.batches({ size: 32, seed, outliers: false })) {
      const values = (await x.data()) as Float32Array
      const size = values.length / x.shape[0]
      for (let i = 0; i < x.shape[0] && found.size < wanted; i++) {
        const image = values.slice(i * size, (i + 1) * size)
        const key = sha256(new Uint8Array(image.buffer))
        if (!found.has(key)) found.set(key, image)
      }
      draws -= x.shape[0]
      if (found.size === wanted || draws <= 0) break
    }
    const all = new Float32Array(this.capacity * this.shape[0] * this.shape[1] * this.shape[2])
    let at = 0
    for (const image of found.values()) {
      all.set(image, at)
      at += image.length
    }
    tf.tidy(() => {
      this.variables.examples!.assign(tf.tensor(all, [this.capacity, ...this.shape]))
      this.variables.count!.assign(tf.tensor1d([found.size]))
    })
  }

  /** The images kept, none before `take`. */
  async images(): Promise<readonly Float32Array[]> {
    const { examples, count } = this.variables as { examples: tf.Variable; count: tf.Variable }
    if (this.#cache?.dataId === examples.dataId) return this.#cache.images
    const n = (await count.data())[0] as number
    const values = (n === 0 ? new Float32Array(0) : await examples.data()) as Float32Array
    const size = values.length / this.capacity
    const images = Array.from({ length: n }, (_, i) => values.slice(i * size, (i + 1) * size))
    this.#cache = { dataId: examples.dataId, images }
    return images
  }
}
