/** Longer side of shown pictures at most, in pixels; the page shows them at no more than 176. Our choice. */
const longestSide = 256
/** Longer side at least, where pictures are shrunk so that more of them fit: 224 halved. Our choice. */
const shortestSide = 112

/**
 * By how much pictures may be shrunk, from the least: 1 for those of at most 256 pixels, then every whole number that
 * leaves 112 pixels of the longer side.
 */
export function shrinkFactors(height: number, width: number): number[] {
  const side = Math.max(height, width)
  const least = Math.ceil(side / longestSide)
  const most = Math.max(least, Math.floor(side / shortestSide))
  return Array.from({ length: most - least + 1 }, (_, i) => least + i)
}

/**
 * Mean of `factor` x `factor` blocks of `bytes` [height, width, channels]: [floor(height / factor), floor(width / factor),
 * channels]; what is left over at the right and lower edge is cut. The input itself for factor 1.
 */
export function shrink(
  bytes: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
  factor: number,
): Uint8Array {
  if (factor === 1) return bytes
  const h = Math.floor(height / factor)
  const w = Math.floor(width / factor)
  const small = new Uint8Array(h * w * channels)
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++)
      for (let k = 0; k < channels; k++) {
        let sum = 0
        for (let dy = 0; dy < factor; dy++)
          for (let dx = 0; dx < factor; dx++)
            sum += bytes[((y * factor + dy) * width + x * factor + dx) * channels + k]!
        small[(y * w + x) * channels + k] = Math.round(sum / factor ** 2)
      }
  return small
}
