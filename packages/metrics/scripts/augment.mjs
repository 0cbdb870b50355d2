// What the judge is trained on: MNIST digits, moved, turned, sheared, scaled, thinner or fatter, a little noisy; and a
// few pictures that are no digit at all, so that it learns to be unsure.

/** mulberry32: a seeded stream of uniform numbers in [0, 1). */
export function random(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Writes a jittered copy of the digit at `from` (bytes) into `out` at `to` ([0, 1], maximum 1). */
export function digit(bytes, from, out, to, uniform) {
  const span = (width) => (uniform() * 2 - 1) * width
  const angle = span(0.2)
  const scale = 1 + span(0.12)
  const shear = span(0.2)
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale]
  const [dx, dy] = [span(2), span(2)]
  const gamma = Math.exp(span(0.5))
  const noise = uniform() < 0.3 ? uniform() * 0.1 : 0
  let largest = 0
  for (let y = 0; y < 28; y++)
    for (let x = 0; x < 28; x++) {
      const [u, v] = [x - 13.5 - dx, y - 13.5 - dy]
      const sx = cos * u + (sin + shear) * v + 13.5
      const sy = -sin * u + cos * v + 13.5
      const [x0, y0] = [Math.floor(sx), Math.floor(sy)]
      let value = 0
      for (let j = 0; j < 2; j++)
        for (let i = 0; i < 2; i++) {
          const [px, py] = [x0 + i, y0 + j]
          if (px < 0 || px > 27 || py < 0 || py > 27) continue
          value += bytes[from + py * 28 + px] * (i ? sx - x0 : x0 + 1 - sx) * (j ? sy - y0 : y0 + 1 - sy)
        }
      value = (value / 255) ** gamma + noise * uniform()
      out[to + y * 28 + x] = value
      if (value > largest) largest = value
    }
  for (let i = to; i < to + 784; i++) out[i] /= largest || 1
}

/** Writes a picture that is no digit: black, noise, or a few blots. */
export function junk(out, to, uniform) {
  const kind = uniform()
  out.fill(0, to, to + 784)
  if (kind < 0.2) return
  if (kind < 0.5) {
    const level = uniform()
    for (let i = to; i < to + 784; i++) out[i] = uniform() < level ? uniform() : 0
    return
  }
  const blots = 1 + Math.floor(uniform() * 6)
  for (let b = 0; b < blots; b++) {
    const [cx, cy, r] = [4 + uniform() * 20, 4 + uniform() * 20, 0.8 + uniform() * 4]
    for (let i = 0; i < 784; i++) {
      const distance = Math.hypot((i % 28) - cx, Math.floor(i / 28) - cy)
      out[to + i] = Math.max(out[to + i], Math.min(1, Math.max(0, r - distance + 0.5)))
    }
  }
}
