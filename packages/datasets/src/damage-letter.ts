import { SIDE } from "./draw-letter.js"
import type { Random } from "./random.js"

/** How letters are damaged. All values are our choice. */
export const DAMAGE = {
  /** Bands of background across the letter, this many at most. */
  bands: 3,
  /** Half width of a band, pixels. */
  halfWidth: [1, 3.5],
  /** A band passes through a point that is uniform in this range of rows and columns. */
  through: [8, 20],
  /** Less than this share of the ink left: the letter stays whole. */
  least: 0.15,
} as const

/**
 * Wipes one to three bands out of a letter, [28 * 28] bytes, in place. Outlier exposure with fragments closes a hole of
 * detectors that have only seen whole letters: they take the pieces of an anomaly for normal, and a counterfactual then
 * gets away with erasing (our choice; measured in docs/decisions/0005).
 */
export function damageLetter(picture: Uint8Array, random: Random): void {
  const damaged = Float32Array.from(picture)
  const count = 1 + random.int(DAMAGE.bands)
  for (let band = 0; band < count; band++) {
    const angle = random.uniform(0, Math.PI)
    const centerX = random.uniform(DAMAGE.through[0], DAMAGE.through[1])
    const centerY = random.uniform(DAMAGE.through[0], DAMAGE.through[1])
    const half = random.uniform(DAMAGE.halfWidth[0], DAMAGE.halfWidth[1])
    for (let y = 0; y < SIDE; y++)
      for (let x = 0; x < SIDE; x++) {
        const distance = Math.abs((x - centerX) * Math.cos(angle) + (y - centerY) * Math.sin(angle))
        damaged[y * SIDE + x]! *= Math.min(1, Math.max(0, distance - half + 0.5))
      }
  }
  const ink = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0)
  if (ink(damaged) >= DAMAGE.least * ink(picture)) picture.set(damaged)
}
