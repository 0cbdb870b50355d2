/** Characters of an outline at most; a ragged mask is drawn more coarsely. Keeps 60 outlines small beside their pictures. */
const longest = 6000

/**
 * SVG path around the nonzero pixels of `mask` [height * width], in pixels: horizontal and vertical edges between inside
 * and outside. A path above 6000 characters is made of squares of 2, 4, ... pixels that touch the mask.
 */
export function maskOutline(mask: Uint8Array, height: number, width: number): string {
  for (let side = 1; ; side *= 2) {
    const path = edges(mask, height, width, side)
    if (path.length <= longest || side >= Math.max(height, width)) return path
  }
}

function edges(mask: Uint8Array, height: number, width: number, side: number): string {
  const rows = Math.ceil(height / side)
  const columns = Math.ceil(width / side)
  const blocks = new Uint8Array(rows * columns)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (mask[y * width + x]) blocks[Math.floor(y / side) * columns + Math.floor(x / side)] = 1
  const inside = (y: number, x: number) =>
    y >= 0 && x >= 0 && y < rows && x < columns && blocks[y * columns + x] === 1
  let path = ""
  // Runs of edges become one line each.
  for (let y = 0; y <= rows; y++)
    for (let x = 0; x < columns; x++) {
      const from = x
      while (x < columns && inside(y, x) !== inside(y - 1, x)) x++
      if (x > from) path += `M${from * side} ${Math.min(height, y * side)}H${Math.min(width, x * side)}`
    }
  for (let x = 0; x <= columns; x++)
    for (let y = 0; y < rows; y++) {
      const from = y
      while (y < rows && inside(y, x) !== inside(y, x - 1)) y++
      if (y > from) path += `M${Math.min(width, x * side)} ${from * side}V${Math.min(height, y * side)}`
    }
  return path
}
