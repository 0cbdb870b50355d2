/** Colors from 0 to 1, dark to bright, as the "inferno" map of matplotlib (six of its points, linear between). */
const points: readonly (readonly [number, number, number])[] = [
  [0, 0, 4],
  [66, 10, 104],
  [147, 38, 103],
  [221, 81, 58],
  [252, 165, 10],
  [252, 255, 164],
]

/** RGB bytes of a value in [0, 1]. */
export function heatColor(value: number): [number, number, number] {
  const at = Math.min(1, Math.max(0, value)) * (points.length - 1)
  const low = Math.min(points.length - 2, Math.floor(at))
  return [0, 1, 2].map((c) => {
    const [a, b] = [points[low]![c]!, points[low + 1]![c]!]
    return Math.round(a + (at - low) * (b - a))
  }) as [number, number, number]
}

/** The same as a CSS gradient, for the legend. */
export const heatRamp = `linear-gradient(90deg, ${points.map((rgb) => `rgb(${rgb.join(" ")})`).join(", ")})`
