import type { ImageShape } from "@ifnormal/core"

/** A search may score so many more images, and until when. */
export interface Budget {
  evaluations: number
  /** performance.now() */
  readonly until: number
  readonly signal?: AbortSignal | undefined
}

export interface PatchSearch {
  readonly shape: ImageShape
  readonly alpha: number
  readonly tolerance: number
  /** Side of the smallest patch in pixels. */
  readonly patch: number
  /** Images in one call of `score`. */
  readonly batchSize: number
  readonly score: (images: readonly Float32Array[]) => Promise<readonly number[]>
}

export interface Patched {
  readonly image: Float32Array
  /** Why the search ended before the smallest patches were tried. */
  readonly end?: "evaluations" | "seconds" | "stopped"
}

/** A level ends after so many patches in a row turn out to be needed. */
const NEEDED = 3

/**
 * The part of `donor` that x needs for the target: starts from the whole donor, which must score near the target, and
 * gives patches back to x, coarse to fine, as long as the score stays there; those that matter least first, as many at
 * once as possible (delta debugging, Zeller and Hildebrandt 2002). Starting valid and staying valid finds an answer also
 * where the score is a maximum over several defects and no single patch lowers it.
 */
export async function searchPatches(
  x: Float32Array,
  donor: Float32Array,
  search: PatchSearch,
  budget: Budget,
): Promise<Patched> {
  const [height, width] = search.shape
  const mask = new Uint8Array(height * width).fill(1)
  let best = donor
  const end = (): Patched["end"] =>
    budget.signal?.aborted
      ? "stopped"
      : performance.now() > budget.until
        ? "seconds"
        : budget.evaluations <= 0
          ? "evaluations"
          : undefined
  /** Scores x with the donor in `mask` but for the cells given back; as many as the budget allows. */
  const without = async (groups: readonly (readonly Cell[])[]) => {
    const images = groups
      .slice(0, Math.max(0, budget.evaluations))
      .map((cells) => compose(x, donor, minus(mask, cells, width), search.shape))
    const scores: number[] = []
    for (let start = 0; start < images.length; start += search.batchSize)
      scores.push(...(await search.score(images.slice(start, start + search.batchSize))))
    budget.evaluations -= images.length
    return scores.map((score, i) => ({ image: images[i] as Float32Array, score }))
  }
  const off = (score: number) => Math.abs(score - search.alpha)

  let side = Math.max(search.patch, 2 ** Math.floor(Math.log2(Math.max(height, width) / 4)))
  for (;;) {
    const cells = cellsOf(mask, side, search.shape)
    const alone = await without(cells.map((cell) => [cell]))
    let pending = cells
      .slice(0, alone.length)
      .sort((a, b) => off(alone[a.index]!.score) - off(alone[b.index]!.score))
    let needed = 0
    while (pending.length > 0 && needed < NEEDED && end() === undefined) {
      const sizes: number[] = []
      for (let m = pending.length; m >= 1; m = Math.floor(m / 2)) sizes.push(m)
      const tried = await without(sizes.map((m) => pending.slice(0, m)))
      const found = tried.findIndex(({ score }) => off(score) <= search.tolerance)
      if (found < 0) {
        needed++
        pending = pending.slice(1)
        continue
      }
      best = (tried[found] as (typeof tried)[0]).image
      needed = 0
      mask.set(minus(mask, pending.slice(0, sizes[found]), width))
      pending = pending.slice(sizes[found])
    }
    const why = end()
    if (why !== undefined) return { image: best, end: why }
    if (side <= search.patch) return { image: best }
    side = Math.max(search.patch, side / 2)
  }
}

interface Cell {
  /** Among the cells of its level. */
  readonly index: number
  readonly top: number
  readonly left: number
  readonly bottom: number
  readonly right: number
}

/** Cells of a grid in which the donor still shows. */
function cellsOf(mask: Uint8Array, side: number, [height, width]: ImageShape): Cell[] {
  const cells: Cell[] = []
  for (let top = 0; top < height; top += side)
    for (let left = 0; left < width; left += side) {
      const cell = {
        index: cells.length,
        top,
        left,
        bottom: Math.min(height, top + side),
        right: Math.min(width, left + side),
      }
      if (any(mask, cell, width)) cells.push(cell)
    }
  return cells
}

function any(mask: Uint8Array, { top, left, bottom, right }: Cell, width: number): boolean {
  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++) if (mask[y * width + x] === 1) return true
  return false
}

function minus(mask: Uint8Array, cells: readonly Cell[], width: number): Uint8Array {
  const left = mask.slice()
  for (const cell of cells)
    for (let y = cell.top; y < cell.bottom; y++) left.fill(0, y * width + cell.left, y * width + cell.right)
  return left
}

/** x outside the mask, the donor inside, with a soft edge: sharp seams are anomalies of their own. */
function compose(x: Float32Array, donor: Float32Array, mask: Uint8Array, shape: ImageShape): Float32Array {
  const [height, width, channels] = shape
  const radius = Math.round(Math.max(height, width) / 64)
  const share = soften(
    soften(Float32Array.from(mask), height, width, radius, 1),
    height,
    width,
    radius,
    width,
  )
  return x.map((value, i) => {
    const s = share[Math.floor(i / channels)] as number
    return value + s * ((donor[i] as number) - value)
  })
}

/** Mean over 2 radius + 1 values along one axis, fewer at the border. `stride` 1: along rows, `width`: along columns. */
function soften(
  values: Float32Array,
  height: number,
  width: number,
  radius: number,
  stride: number,
): Float32Array {
  if (radius === 0) return values
  const length = stride === 1 ? width : height
  const soft = new Float32Array(values.length)
  for (let line = 0; line < values.length / length; line++) {
    const start = stride === 1 ? line * width : line
    for (let i = 0; i < length; i++) {
      const [low, high] = [Math.max(0, i - radius), Math.min(length - 1, i + radius)]
      let sum = 0
      for (let j = low; j <= high; j++) sum += values[start + j * stride] as number
      soft[start + i * stride] = sum / (high - low + 1)
    }
  }
  return soft
}
