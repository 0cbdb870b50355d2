// Heatmaps of the anomaly score. Pure, used by Node for the pictures and by the page for the legend.

/** matplotlib's "inferno" at 0, 1/8, ..., 1: perceptually even, brighter is more, readable by color-blind people. */
const inferno = [
  [0, 0, 4],
  [31, 12, 72],
  [85, 15, 109],
  [136, 34, 106],
  [186, 54, 85],
  [227, 89, 51],
  [249, 140, 10],
  [249, 201, 50],
  [252, 255, 164],
] as const

/** How dark the gray image lies under the map. Our choice. */
const dimmed = 0.5

/**
 * Color of strength `value` in [0, 1] over a pixel of luminance `gray` in [0, 255]: no strength is the dimmed gray pixel,
 * so that the object stays visible; from about a half on the map's color covers it.
 */
export function heatColor(value: number, gray: number): [number, number, number] {
  const at = Math.min(1, Math.max(0, value)) * (inferno.length - 1)
  const low = Math.min(inferno.length - 2, Math.floor(at))
  const cover = Math.min(1, value * 2) * 0.9
  return [0, 1, 2].map((k) => {
    const color = inferno[low]![k]! + (at - low) * (inferno[low + 1]![k]! - inferno[low]![k]!)
    return Math.round(cover * color + (1 - cover) * dimmed * gray)
  }) as [number, number, number]
}

/** The scale of `heatColor` over middle gray, as a CSS gradient from 0 to full strength. */
export const heatRamp = `linear-gradient(90deg,${Array.from({ length: 17 }, (_, i) => `rgb(${heatColor(i / 16, 128)})`)})`

/** What the kinds of heatmaps are called, and in a sentence what they show. Kinds of plugins keep their name. */
export const heatKinds: Readonly<Record<string, { readonly name: string; readonly meaning: string }>> = {
  gradient: {
    name: "gradient map",
    meaning: "how much the score would move if the pixel did; size of its gradient, channels summed",
  },
  "integrated-gradients": {
    name: "integrated gradients",
    meaning:
      "what the pixel adds to the score on the way from a plain baseline; parts that lower it are left out",
  },
  occlusion: {
    name: "occlusion",
    meaning: "by how much the score falls when the neighborhood of the pixel is covered",
  },
  "anomaly-map": { name: "anomaly map", meaning: "the map that the detector itself puts out" },
}

/** "gradient" -> "gradient map". */
export const heatName = (kind: string) => heatKinds[kind]?.name ?? kind
