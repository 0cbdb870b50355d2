import type { ImageValues } from "@ifnormal/core"

/** Mean of the values of each image, images in the order in which they first appear. */
export function meanPerImage(index: ArrayLike<number>, values: ArrayLike<number>): ImageValues {
  const sums = new Map<number, { sum: number; n: number }>()
  for (let i = 0; i < index.length; i++) {
    const { sum, n } = sums.get(index[i]!) ?? { sum: 0, n: 0 }
    sums.set(index[i]!, { sum: sum + values[i]!, n: n + 1 })
  }
  return {
    index: Int32Array.from(sums.keys()),
    values: Float64Array.from(sums.values(), ({ sum, n }) => sum / n),
  }
}
