/**
 * The part of numpy.random.RandomState (Mersenne Twister MT19937, Matsumoto and Nishimura 1998) that torch-fidelity draws
 * KID's subsets with, so that ours are the same images.
 */
export class NumpyRandom {
  private readonly state = new Uint32Array(624)
  private at = 624

  /** @param seed 0..2^32 - 1 */
  constructor(seed: number) {
    this.state[0] = seed
    for (let i = 1; i < 624; i++) {
      const previous = this.state[i - 1]! ^ (this.state[i - 1]! >>> 30)
      this.state[i] = Math.imul(1812433253, previous) + i
    }
  }

  /** `choice(n, size, replace=False)`: the first `size` of a shuffled 0..n - 1. */
  choice(n: number, size: number): Int32Array {
    const values = Int32Array.from({ length: n }, (_, i) => i)
    for (let i = n - 1; i > 0; i--) {
      const j = this.upTo(i)
      const value = values[i]!
      values[i] = values[j]!
      values[j] = value
    }
    return values.subarray(0, size)
  }

  /** A whole number in 0..max, by rejection. */
  private upTo(max: number): number {
    const mask = 2 ** (32 - Math.clz32(max)) - 1
    for (;;) {
      const value = (this.next() & mask) >>> 0
      if (value <= max) return value
    }
  }

  private next(): number {
    const { state } = this
    if (this.at === 624) {
      for (let i = 0; i < 624; i++) {
        const y = (state[i]! & 0x80000000) | (state[(i + 1) % 624]! & 0x7fffffff)
        state[i] = state[(i + 397) % 624]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0)
      }
      this.at = 0
    }
    let y = state[this.at++]!
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    return (y ^ (y >>> 18)) >>> 0
  }
}
