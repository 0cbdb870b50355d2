import * as tf from "@tensorflow/tfjs-core"
import { kaimingUniform } from "./init.js"
import { spectralNorm } from "./spectral-norm.js"
import type { Variables } from "./variables.js"

export interface LinearOptions {
  readonly in: number
  readonly out: number
  /** Default true; false before a batch norm, which takes any bias out again. */
  readonly bias?: boolean
  /** Divide the weight by its largest singular value. Default false. */
  readonly spectral?: boolean
}

/** x W + b. Variables `name/weight` [in, out] and `name/bias` [out]. */
export function linear(
  variables: Variables,
  name: string,
  options: LinearOptions,
): (x: tf.Tensor2D) => tf.Tensor2D {
  const init = kaimingUniform(options.in)
  const weight = variables.create(`${name}/weight`, [options.in, options.out], init)
  const bias = options.bias === false ? undefined : variables.create(`${name}/bias`, [options.out], init)
  const norm = options.spectral ? spectralNorm(variables, `${name}/weight`, weight) : undefined
  return (x) => {
    const y: tf.Tensor2D = tf.matMul(x, (norm?.weight() ?? weight) as tf.Tensor2D)
    return bias ? y.add<tf.Tensor2D>(bias) : y
  }
}
