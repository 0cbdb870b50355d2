import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64"
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus"

/** Random numbers of one image or one purpose. */
export interface Random {
  /** Uniform in [low, high). */
  uniform(low: number, high: number): number
  /** Uniform integer in 0..n-1. */
  int(n: number): number
  /** Normal by the sum of twelve uniforms: no logarithm, so the same bits on every platform. In mean +- 6 deviations. */
  normal(mean: number, deviation: number): number
}

/** Finaliser of MurmurHash3: spreads neighbouring seeds over all 32 bits. */
function mix(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/**
 * The numbers of a path of integers and names, e.g. `randomOf(seed, "letter", 17)`; the same on every platform, and
 * independent of what was drawn elsewhere.
 */
export function randomOf(...path: readonly (number | string)[]): Random {
  let a = 0x9e3779b9 | 0
  let b = 0x243f6a88 | 0
  for (const part of path) {
    const codes =
      typeof part === "number"
        ? [part | 0, Math.floor(part / 2 ** 32) | 0]
        : [...part].map((c) => c.codePointAt(0)!)
    for (const code of codes) {
      a = mix(a ^ Math.imul(code, 0x9e3779b1))
      b = mix(Math.imul(b, 31) + code + a)
    }
  }
  const generator = xoroshiro128plusFromState([a, b, mix(a + 0x3c6ef372), mix(b ^ 0x1b873593) | 1])
  const uniform = (): number => uniformFloat64(generator)
  return {
    uniform: (low, high) => low + (high - low) * uniform(),
    int: (n) => Math.floor(uniform() * n),
    normal(mean, deviation) {
      let sum = -6
      for (let i = 0; i < 12; i++) sum += uniform()
      return mean + deviation * sum
    },
  }
}
