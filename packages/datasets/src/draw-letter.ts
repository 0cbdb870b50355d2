import { countParts } from "./components.js"
import { CELL, type GlyphShape } from "./fonts.js"
import type { Random } from "./random.js"

/** Side of the picture, of the box that a letter fills (as MNIST's digits do) and of the grid it is distorted on. */
export const SIDE = 28
const BOX = 20
const GRID = 96
/** Distance of the nodes of the elastic displacement, grid pixels. */
const NODE = 8
const NODES = GRID / NODE + 1
/** Subsamples per pixel and direction. */
const SUB = 3
/** Width that a pixel averages over, in pixels: MNIST's digits are this soft. */
const SOFTNESS = 1.25

/** Below this gray value two strokes do not look connected. */
const BROKEN = 60

/** How letters are drawn. All values are our choice, set by eye and by ink statistics against MNIST. */
export const STYLE = {
  /** Degrees, uniform in +- this. */
  rotation: 25,
  shearX: 0.3,
  shearY: 0.1,
  /** Width over height, uniform. */
  stretch: [0.8, 1.2],
  /** Standard deviation of the elastic displacement in grid pixels (a letter has about 46), uniform in 0..this. */
  elastic: 1.7,
  /** Half thickness of strokes in pixels of the final picture. */
  halfStroke: { mean: 0.93, deviation: 0.3, least: 0.55, most: 2 },
  /** Thinning takes at most this share of a font's own half thickness, else its hairlines break. */
  thinning: 0.4,
  gain: [1, 1.4],
  /** Shift of the center of mass from the middle, pixels, uniform in +- this. */
  jitter: 1,
} as const

/** Buffers that are used again for every letter. */
export interface Scratch {
  readonly grid: Float32Array
  readonly nodesX: Float32Array
  readonly nodesY: Float32Array
  readonly temp: Float32Array
  readonly box: Float32Array
}

export function scratch(): Scratch {
  return {
    grid: new Float32Array(GRID * GRID),
    nodesX: new Float32Array(NODES * NODES),
    nodesY: new Float32Array(NODES * NODES),
    temp: new Float32Array(NODES * NODES),
    box: new Float32Array((BOX + 2) * (BOX + 2)),
  }
}

/**
 * Draws one letter in MNIST's manner into `out`, [28 * 28] bytes: sheared, rotated, elastically distorted, strokes made
 * as thick as asked, scaled to a box of 20 pixels and centered by mass.
 * @returns false when nothing readable is left; draw another one then
 */
export function drawLetter(glyph: GlyphShape, random: Random, buffers: Scratch, out: Uint8Array): boolean {
  const { grid } = buffers
  distort(glyph.field, random, buffers)
  const plain = bounds(grid, 0)
  if (!plain) return false
  // In grid pixels, so that it is `half` after scaling the thickened letter to the box.
  const { mean, deviation, least, most } = STYLE.halfStroke
  const half = Math.min(most, Math.max(least, random.normal(mean, deviation)))
  const longest = Math.max(plain.right - plain.left, plain.bottom - plain.top) + 1
  const stroke = (half * (longest - 2 * glyph.halfStroke)) / (BOX - 2 * half)
  const offset = Math.max(stroke - glyph.halfStroke, -STYLE.thinning * glyph.halfStroke)
  const edge = bounds(grid, -offset)
  const gain = random.uniform(STYLE.gain[0], STYLE.gain[1])
  const shiftX = random.uniform(-STYLE.jitter, STYLE.jitter)
  const shiftY = random.uniform(-STYLE.jitter, STYLE.jitter)
  if (!edge || edge.right - edge.left < 6 || edge.bottom - edge.top < 6) return false
  return (
    place(grid, edge, offset, { gain, shiftX, shiftY }, buffers.box, out) &&
    // Hairlines that broke would leave strokes that look like ones.
    countParts(out, SIDE, SIDE, BROKEN) <= glyph.parts
  )
}

/** Samples the glyph's field through the inverse affine map plus an elastic displacement into the grid. */
function distort(field: Float32Array, random: Random, buffers: Scratch): void {
  const angle = (random.uniform(-STYLE.rotation, STYLE.rotation) * Math.PI) / 180
  const stretch = random.uniform(STYLE.stretch[0], STYLE.stretch[1])
  const shearX = random.uniform(-STYLE.shearX, STYLE.shearX)
  const shearY = random.uniform(-STYLE.shearY, STYLE.shearY)
  const strength = random.uniform(0, STYLE.elastic)
  displacement(buffers.nodesX, buffers.temp, strength, random)
  displacement(buffers.nodesY, buffers.temp, strength, random)
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  const xx = cos * stretch + sin * shearY
  const xy = cos * shearX + sin
  const yx = cos * shearY - sin * stretch
  const yy = cos - sin * shearX
  const { grid, nodesX, nodesY } = buffers
  for (let y = 0; y < GRID; y++) {
    const row = Math.floor(y / NODE)
    const rowShare = (y - row * NODE) / NODE
    for (let x = 0; x < GRID; x++) {
      const column = Math.floor(x / NODE)
      const share = (x - column * NODE) / NODE
      const node = row * NODES + column
      const dx = bilinear(nodesX, node, NODES, share, rowShare)
      const dy = bilinear(nodesY, node, NODES, share, rowShare)
      const px = x - (GRID - 1) / 2 + dx
      const py = y - (GRID - 1) / 2 + dy
      const sx = Math.min(CELL - 1.001, Math.max(0, xx * px + xy * py + (CELL - 1) / 2))
      const sy = Math.min(CELL - 1.001, Math.max(0, yx * px + yy * py + (CELL - 1) / 2))
      const left = Math.floor(sx)
      const top = Math.floor(sy)
      grid[y * GRID + x] = bilinear(field, top * CELL + left, CELL, sx - left, sy - top)
    }
  }
}

function bilinear(values: Float32Array, at: number, stride: number, shareX: number, shareY: number): number {
  const upper = values[at]! + shareX * (values[at + 1]! - values[at]!)
  const lower = values[at + stride]! + shareX * (values[at + stride + 1]! - values[at + stride]!)
  return upper + shareY * (lower - upper)
}

/** Gauss with a deviation of one node (8 grid pixels), cut at two. */
const KERNEL = [-2, -1, 0, 1, 2].map((x) => Math.exp(-(x * x) / 2))
/** Makes the smoothed uniform noise in [-1, 1] have deviation one. */
const NORM = Math.sqrt(3) / KERNEL.reduce((sum, value) => sum + value * value, 0)

/** Gaussian-smoothed noise on the nodes, of standard deviation `strength` grid pixels. */
function displacement(nodes: Float32Array, temp: Float32Array, strength: number, random: Random): void {
  for (let i = 0; i < nodes.length; i++) nodes[i] = random.uniform(-1, 1)
  smooth(nodes, temp, 1)
  smooth(temp, nodes, NODES)
  for (let i = 0; i < nodes.length; i++) nodes[i]! *= NORM * strength
}

function smooth(from: Float32Array, to: Float32Array, stride: 1 | typeof NODES): void {
  for (let i = 0; i < from.length; i++) {
    const along = stride === 1 ? i % NODES : Math.floor(i / NODES)
    let sum = 0
    for (let k = -2; k <= 2; k++)
      if (along + k >= 0 && along + k < NODES) sum += KERNEL[k + 2]! * from[i + k * stride]!
    to[i] = sum
  }
}

interface Bounds {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** The rectangle of everything above `level`, or undefined. */
function bounds(grid: Float32Array, level: number): Bounds | undefined {
  let left = GRID
  let right = -1
  let top = GRID
  let bottom = -1
  for (let y = 0; y < GRID; y++)
    for (let x = 0; x < GRID; x++)
      if (grid[y * GRID + x]! > level) {
        if (x < left) left = x
        if (x > right) right = x
        if (y < top) top = y
        bottom = y
      }
  return right < 0 ? undefined : { left, right, top, bottom }
}

/** Samples the letter into its box at the final size, then puts the box where its center of mass is in the middle. */
function place(
  grid: Float32Array,
  edge: Bounds,
  offset: number,
  look: { readonly gain: number; readonly shiftX: number; readonly shiftY: number },
  box: Float32Array,
  out: Uint8Array,
): boolean {
  const spanX = edge.right - edge.left + 1
  const spanY = edge.bottom - edge.top + 1
  const step = Math.max(spanX, spanY) / BOX
  const width = Math.max(2, Math.round(spanX / step))
  const height = Math.max(2, Math.round(spanY / step))
  let sum = 0
  let momentX = 0
  let momentY = 0
  let bright = 0
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let ink = 0
      for (let j = 0; j < SUB; j++)
        for (let i = 0; i < SUB; i++) {
          const gx = edge.left + (x + 0.5 + SOFTNESS * ((i + 0.5) / SUB - 0.5)) * step - 0.5
          const gy = edge.top + (y + 0.5 + SOFTNESS * ((j + 0.5) / SUB - 0.5)) * step - 0.5
          const left = Math.min(GRID - 2, Math.max(0, Math.floor(gx)))
          const top = Math.min(GRID - 2, Math.max(0, Math.floor(gy)))
          const distance = bilinear(grid, top * GRID + left, GRID, gx - left, gy - top) + offset
          ink += Math.min(1, Math.max(0, distance + 0.5))
        }
      const value = Math.min(255, (ink / (SUB * SUB)) * 255 * look.gain)
      box[y * width + x] = value
      sum += value
      momentX += value * x
      momentY += value * y
      if (value > 100) bright++
    }
  if (bright < 15) return false
  const middle = (SIDE - 1) / 2
  const x0 = Math.min(SIDE - width, Math.max(0, Math.round(middle - momentX / sum + look.shiftX)))
  const y0 = Math.min(SIDE - height, Math.max(0, Math.round(middle - momentY / sum + look.shiftY)))
  out.fill(0)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) out[(y0 + y) * SIDE + x0 + x] = Math.round(box[y * width + x]!)
  return true
}
