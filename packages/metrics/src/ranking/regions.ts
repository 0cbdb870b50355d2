/** Connected regions of a mask. */
export interface Regions {
  /** Region of each pixel, 1..count; 0 outside. */
  readonly labels: Int32Array
  /** Pixels by region; the entry 0 is 0. */
  readonly sizes: readonly number[]
}

/**
 * Labels the connected regions of a mask, 8-connectivity as in MVTec's evaluation (scipy.ndimage.label with a 3 x 3
 * structure of ones). Regions are numbered from the top left, row by row.
 * @param mask [height * width], not 0 where the defect is
 */
export function connectedRegions(mask: ArrayLike<number>, height: number, width: number): Regions {
  const labels = new Int32Array(height * width)
  const sizes = [0]
  const open = new Int32Array(height * width)
  for (let first = 0; first < labels.length; first++) {
    if (!mask[first] || labels[first]) continue
    const label = sizes.length
    let [size, waiting] = [0, 1]
    open[0] = first
    labels[first] = label
    while (waiting > 0) {
      const pixel = open[--waiting]!
      size++
      const [row, column] = [Math.floor(pixel / width), pixel % width]
      for (let r = Math.max(0, row - 1); r <= Math.min(height - 1, row + 1); r++)
        for (let c = Math.max(0, column - 1); c <= Math.min(width - 1, column + 1); c++) {
          const next = r * width + c
          if (!mask[next] || labels[next]) continue
          labels[next] = label
          open[waiting++] = next
        }
    }
    sizes.push(size)
  }
  return { labels, sizes }
}
