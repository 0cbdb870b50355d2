import { sha256 } from "@noble/hashes/sha2.js"
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64"
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus"

/**
 * Random numbers that depend on a seed and a path of names only, never on what was drawn elsewhere.
 * So step 700 of a resumed training draws what step 700 of an uninterrupted one draws.
 */
export interface RandomStream {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number
  /** Standard normal (polar method). */
  normal(): number
  /** Uniform integer in 0..n-1. */
  int(n: number): number
  /** The stream of a longer path; drawing from it does not move this one. */
  fork(...path: (string | number)[]): RandomStream
}

/**
 * The stream of a seed and a path, e.g. `stream(seed, "alpha", step)`: xoroshiro128+ (pure-rand) whose state is the
 * SHA-256 of seed and path. Same numbers on every platform whose Math.log is fdlibm's (V8, SpiderMonkey).
 */
export function stream(seed: number, ...path: (string | number)[]): RandomStream {
  const digest = sha256(new TextEncoder().encode(JSON.stringify([seed, ...path])))
  const view = new DataView(digest.buffer, digest.byteOffset)
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((at) => view.getInt32(at, true)))
  const uniform = (): number => uniformFloat64(generator)
  let spare: number | undefined
  return {
    uniform,
    normal() {
      if (spare !== undefined) {
        const value = spare
        spare = undefined
        return value
      }
      for (;;) {
        const a = 2 * uniform() - 1
        const b = 2 * uniform() - 1
        const square = a * a + b * b
        if (square >= 1 || square === 0) continue
        const factor = Math.sqrt((-2 * Math.log(square)) / square)
        spare = b * factor
        return a * factor
      }
    },
    int: (n) => Math.floor(uniform() * n),
    fork: (...more) => stream(seed, ...path, ...more),
  }
}

/** `size` standard normal numbers. */
export function normals(random: RandomStream, size: number): Float32Array {
  return Float32Array.from({ length: size }, () => random.normal())
}

/** `size` uniform numbers in [0, 1). */
export function uniforms(random: RandomStream, size: number): Float32Array {
  return Float32Array.from({ length: size }, () => random.uniform())
}
