// Trunks of LPIPS and pairs of images by formula.mjs, the same as in lpips_formula.py beside it.
import { formulaImage, values } from "./formula.mjs"

/**
 * A state dict: kernels at He's scale, biases in [-0.05, 0.05).
 * @param parameters names and shapes, as torchvision has them
 */
export function trunkState(parameters) {
  return new Map(
    parameters.map(([name, shape]) => {
      const count = shape.reduce((product, side) => product * side, 1)
      const bound = shape.length > 1 ? Math.sqrt(6 / (count / shape[0])) : 0.05
      return [name, { dtype: "float32", shape, data: values(name, count, -bound, bound) }]
    }),
  )
}

/** Two byte images [height * width * channels]: one, and the same with a quarter of another one. */
export function formulaPair(shape, name = "pair") {
  const a = formulaImage(`${name} a`, shape)
  const other = formulaImage(`${name} b`, shape)
  return [a, a.map((value, i) => (3 * value + other[i]) >> 2)]
}
