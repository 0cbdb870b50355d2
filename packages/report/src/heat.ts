import type { StoredExplanation } from "@ifnormal/core"
import { heatColor } from "./page/heat-color.js"
import type { HeatView } from "./page/types.js"
import type { RunFiles } from "./read-run.js"
import { rgbaUri } from "./sprite.js"

/** Characters of all heatmaps and outlines together; keeps the report below 5 MB. */
const most = 1_000_000

/** Heatmaps in color and outlines of masks, for as many explanations as have room, in their order. */
export function heatViews(
  explanations: readonly StoredExplanation[],
  { index, maps, masks }: NonNullable<RunFiles["explanations"]>,
): Record<string, HeatView> {
  const [height, width] = index.shape
  const plane = (bytes: Uint8Array, row: number) =>
    bytes.subarray(row * height * width, (row + 1) * height * width)
  const views: Record<string, HeatView> = {}
  let used = 0
  for (const { id, attributions = [], mask } of explanations) {
    const view: HeatView = {
      ...(mask !== undefined && masks && { outline: outlineUri(plane(masks, mask), height, width) }),
      maps: maps
        ? attributions.map(({ kind, map }) => ({ kind, uri: heatUri(plane(maps, map), height, width) }))
        : [],
    }
    if (!view.outline && view.maps.length === 0) continue
    used += (view.outline?.length ?? 0) + view.maps.reduce((sum, { uri }) => sum + uri.length, 0)
    if (used > most) break
    views[id] = view
  }
  return views
}

function heatUri(map: Uint8Array, height: number, width: number): string {
  const rgba = new Uint8ClampedArray(4 * map.length)
  for (const [i, value] of map.entries()) rgba.set([...heatColor(value / 255), 255], 4 * i)
  return rgbaUri(rgba, width, height)
}

/** The rim of a mask, white on black so that it shows on any picture, elsewhere transparent. */
function outlineUri(mask: Uint8Array, height: number, width: number): string {
  const inside = (y: number, x: number) =>
    y >= 0 && y < height && x >= 0 && x < width && mask[y * width + x] !== 0
  const near = [[-1, 0], [1, 0], [0, -1], [0, 1]] as const // biome-ignore format: four neighbors
  const rgba = new Uint8ClampedArray(4 * mask.length)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const here = inside(y, x)
      if (near.every(([dy, dx]) => inside(y + dy, x + dx) === here)) continue
      rgba.set(here ? [0, 0, 0, 255] : [255, 255, 255, 255], 4 * (y * width + x))
    }
  return rgbaUri(rgba, width, height)
}
