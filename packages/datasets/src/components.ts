/**
 * Number of connected parts (8 neighbors) of more than two pixels above `level` in the first width * height values.
 */
export function countParts(values: ArrayLike<number>, width: number, height: number, level: number): number {
  const seen = new Uint8Array(width * height)
  const stack: number[] = []
  let parts = 0
  for (let start = 0; start < seen.length; start++) {
    if (seen[start] || values[start]! <= level) continue
    let size = 0
    seen[start] = 1
    stack.push(start)
    while (stack.length > 0) {
      const at = stack.pop()!
      size++
      const x = at % width
      for (let dy = -width; dy <= width; dy += width)
        for (let dx = -1; dx <= 1; dx++) {
          const next = at + dy + dx
          if (x + dx < 0 || x + dx >= width || next < 0 || next >= seen.length) continue
          if (seen[next] || values[next]! <= level) continue
          seen[next] = 1
          stack.push(next)
        }
    }
    if (size > 2) parts++
  }
  return parts
}
