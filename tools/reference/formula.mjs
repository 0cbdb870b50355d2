// Weights and images by a formula, the same in formula.py beside it: nothing large is committed.

/** FNV-1a of a name, 32 bits. */
export function seedOf(name) {
  let hash = 0x811c9dc5
  for (const character of name) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0
  return hash
}

/** Uniform in [0, 1) with 24 bits: the finalizer of MurmurHash3 over index and seed. */
export function uniform(seed, index) {
  let hash = (Math.imul(index, 0x9e3779b1) + seed) | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 8) / 2 ** 24
}

/** Uniform numbers in [low, high), seeded by a name. */
export function values(name, count, low, high) {
  const seed = seedOf(name)
  const data = new Float32Array(count)
  for (let i = 0; i < count; i++) data[i] = low + (high - low) * uniform(seed, i)
  return data
}

/**
 * State dict of convolutions with batch norm: kernels uniform as He's, so that activations keep their size.
 * @param convolutions name and shape [out, in, height, width] of each
 */
export function formulaState(convolutions) {
  const state = new Map()
  const put = (name, shape, low, high) => {
    const count = shape.reduce((product, size) => product * size, 1)
    state.set(name, { dtype: "float32", shape, data: values(name, count, low, high) })
  }
  for (const [name, out, inner, height, width] of convolutions) {
    const bound = Math.sqrt(6 / (inner * height * width))
    put(`${name}.conv.weight`, [out, inner, height, width], -bound, bound)
    put(`${name}.bn.weight`, [out], 0.8, 1.2)
    put(`${name}.bn.bias`, [out], -0.2, 0.2)
    put(`${name}.bn.running_mean`, [out], -0.2, 0.2)
    put(`${name}.bn.running_var`, [out], 0.5, 1.5)
  }
  return state
}

/** Image of smooth waves and some noise, [height * width * channels] 0..255. */
export function formulaImage(name, [height, width, channels]) {
  const seed = seedOf(name)
  const draw = (index) => uniform(seed, index)
  const bytes = new Uint8Array(height * width * channels)
  for (let c = 0; c < channels; c++) {
    const [a, b, phase] = [0, 1, 2].map((i) => Math.floor(draw(c * 3 + i) * 64))
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        // Triangle waves: whole numbers only, so that every language agrees.
        const wave = Math.abs(((a * y + b * x + phase * 8) % 512) - 256)
        const at = (y * width + x) * channels + c
        bytes[at] = Math.min(255, Math.floor((wave * 3) / 4 + draw(1000 + at) * 64))
      }
  }
  return bytes
}
