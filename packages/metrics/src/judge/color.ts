/** Colors by name, RGB in [0, 1]; the ten colors of Colored-MNIST (our choice, the paper names cyan, red and pink). */
export const judgeColors: Readonly<Record<string, readonly [number, number, number]>> = {
  cyan: [0, 1, 1],
  red: [1, 0, 0],
  green: [0, 1, 0],
  blue: [0, 0, 1],
  yellow: [1, 1, 0],
  magenta: [1, 0, 1],
  orange: [1, 0.5, 0],
  violet: [0.6, 0.3, 1],
  gray: [0.6, 0.6, 0.6],
  lightgreen: [0.5, 1, 0.5],
}

/** Largest distance of hues, in degrees, at which two colors count as the same. */
export const hueTolerance = 15
/** Least saturation at which ink has a color. */
export const colorSaturation = 0.5
/** Saturation below which ink is gray. */
export const graySaturation = 0.25
/** Pixels count as ink of a color when their largest channel is above this. */
export const inkThreshold = 0.3
/** Least and largest ink mass, relative to the original's, at which a counterfactual still counts as recolored. */
export const inkRatios = [0.5, 2] as const

/** What is to see of an image's ink. */
export interface Ink {
  /** Degrees in [0, 360); NaN where the ink has no hue (gray or black). */
  readonly hue: number
  /** HSV saturation in [0, 1]; 0 for black. */
  readonly saturation: number
  /** Sum over pixels of the largest channel. */
  readonly mass: number
}

/** Hue in degrees (NaN for gray) and saturation of an RGB color, as in HSV. */
export function hueOf(red: number, green: number, blue: number): { hue: number; saturation: number } {
  const high = Math.max(red, green, blue)
  const span = high - Math.min(red, green, blue)
  if (!(span > 0)) return { hue: Number.NaN, saturation: 0 }
  const sextant =
    high === red ? (green - blue) / span : high === green ? 2 + (blue - red) / span : 4 + (red - green) / span
  return { hue: (sextant * 60 + 360) % 360, saturation: span / high }
}

/**
 * Ink of one image. Its color is the mean color of the pixels whose largest channel is above `inkThreshold`, weighted
 * with that channel.
 * @param pixels row-major HWC in [0, 1]
 * @param channels 1 (gray) or 3
 */
export function inkOf(pixels: ArrayLike<number>, channels: number): Ink {
  let [red, green, blue, mass] = [0, 0, 0, 0]
  for (let p = 0; p < pixels.length; p += channels) {
    const r = pixels[p]!
    const g = channels === 3 ? pixels[p + 1]! : r
    const b = channels === 3 ? pixels[p + 2]! : r
    const largest = Math.max(r, g, b)
    mass += largest
    if (largest <= inkThreshold) continue
    red += r * largest
    green += g * largest
    blue += b * largest
  }
  return { ...hueOf(red, green, blue), mass }
}

/** Distance of two hues on the circle, in degrees in [0, 180]; NaN when one is NaN. */
export function hueDistance(a: number, b: number): number {
  const distance = Math.abs(a - b) % 360
  return Math.min(distance, 360 - distance)
}

/**
 * Whether ink has the named color: hue within 15 degrees at saturation >= 0.5; for a gray, saturation < 0.25.
 */
export function hasColor(ink: Ink, [red, green, blue]: readonly [number, number, number]): boolean {
  const target = hueOf(red, green, blue)
  if (target.saturation < graySaturation) return ink.mass > 0 && ink.saturation < graySaturation
  return hueDistance(ink.hue, target.hue) <= hueTolerance && ink.saturation >= colorSaturation
}

/**
 * Whether ink kept the color of the original's: hue within 15 degrees, or both gray (saturation < 0.25). Colored ink
 * that fades to gray has not kept its color.
 */
export function keptColor(ink: Ink, original: Ink): boolean {
  if (original.saturation < graySaturation) return ink.mass > 0 && ink.saturation < graySaturation
  return ink.saturation >= graySaturation && hueDistance(ink.hue, original.hue) <= hueTolerance
}
