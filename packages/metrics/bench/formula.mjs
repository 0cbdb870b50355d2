// Weights and images by a formula, the same numbers as tools/reference/lpips_formula.py gives.

/** Numbers in [-1, 1) by an integer hash of seed and place. */
function uniform(seed, count) {
  const offset = Math.imul(seed, 0x9e3779b9)
  return Float64Array.from({ length: count }, (_, i) => {
    let x = (i + offset) >>> 0
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d) >>> 0
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b) >>> 0
    return ((x ^ (x >>> 16)) >>> 8) / 2 ** 23 - 1
  })
}

/**
 * A state dict: kernels at He's scale, biases in [-0.05, 0.05).
 * @param {readonly (readonly [name: string, shape: readonly number[]])[]} parameters in torchvision's order
 */
export function formulaState(parameters) {
  return new Map(
    parameters.map(([name, shape], position) => {
      const bound = shape.length > 1 ? Math.sqrt(6 / (shape[1] * shape[2] * shape[3])) : 0.05
      const count = shape.reduce((product, side) => product * side, 1)
      const data = Float32Array.from(uniform(position + 1, count), (value) => value * bound)
      return [name, { dtype: "float32", shape, data }]
    }),
  )
}

/** Two byte images [height * width * channels]. */
export function formulaImages(height, width, channels = 3) {
  const a = new Uint8Array(height * width * channels)
  const b = new Uint8Array(a.length)
  let i = 0
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++, i++) {
        a[i] = (7 * x + 13 * y + 31 * c + ((x * y) >> 2)) & 255
        b[i] = (a[i] + ((5 * x + 3 * y) & 63)) & 255
      }
  return [a, b]
}
