import { stream } from "@ifnormal/core"

/**
 * At most `limit` images of any number, drawn uniformly: those whose hash of seed and index is smallest (bottom-k
 * sampling). What is drawn depends on the indexes alone, neither on their order nor on batches.
 */
export class ImageSample<T> {
  #held = new Map<number, { readonly priority: number; readonly value: T }>()
  #largest = { index: -1, priority: -1 }
  #seen = new Set<number>()

  /**
   * @param limit at least 1
   * @param seed of the hash
   */
  constructor(
    readonly limit: number,
    private readonly seed: number,
  ) {}

  /** Number of different images offered. */
  get seen(): number {
    return this.#seen.size
  }

  /**
   * The value held for an image, made at its first time; undefined for an image that is not drawn. An image may be
   * dropped when another one is offered, with its value, and does not come back.
   */
  offer(index: number, make: () => T): T | undefined {
    const held = this.#held.get(index)
    if (held) return held.value
    this.#seen.add(index)
    const priority = stream(this.seed, "image sample", index).uniform()
    if (this.#held.size >= this.limit) {
      if (priority > this.#largest.priority) return undefined
      this.#held.delete(this.#largest.index)
    }
    const value = make()
    this.#held.set(index, { priority, value })
    this.#largest = { index: -1, priority: -1 }
    for (const [other, { priority }] of this.#held)
      if (priority > this.#largest.priority) this.#largest = { index: other, priority }
    return value
  }

  /** The images held, by ascending index. */
  entries(): [index: number, value: T][] {
    return [...this.#held].map(([index, { value }]): [number, T] => [index, value]).sort(([a], [b]) => a - b)
  }

  clear(): void {
    this.#held.clear()
    this.#seen.clear()
    this.#largest = { index: -1, priority: -1 }
  }
}
