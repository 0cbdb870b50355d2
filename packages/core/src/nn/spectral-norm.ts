import * as tf from "@tensorflow/tfjs-core"
import { normal } from "./init.js"
import type { SpectralNorm, Variables } from "./variables.js"

/** Guards the division by the length of u and v (DISSECT: 1e-12). */
const EPSILON = 1e-12

const unit = (x: tf.Tensor2D): tf.Tensor2D => x.div(x.square().sum().sqrt().add(EPSILON))

/**
 * Spectral normalization (Miyato et al. 2018), one power iteration per `update`. With W the weight as a matrix
 * [rest, out]: v = unit(W u), u = unit(W' v), sigma = v' W u; the weight becomes W / sigma. u and v are stored as
 * variables that are not trained ("<name>_u", "<name>_v") and are constants for the gradient, as in PyTorch. They start random: call `update` before the first use.
 * @param weight [..., out]
 */
export function spectralNorm(variables: Variables, name: string, weight: tf.Variable): SpectralNorm {
  const out = weight.shape[weight.shape.length - 1]!
  const rest = weight.size / out
  const u = variables.create(`${name}_u`, [out, 1], normal(1), false)
  const v = variables.create(`${name}_v`, [rest, 1], normal(1), false)
  const matrix = (): tf.Tensor2D => tf.reshape(weight, [rest, out])
  const norm: SpectralNorm = {
    update() {
      tf.tidy(() => {
        const w = matrix()
        const nextV = unit(tf.matMul(w, u as unknown as tf.Tensor2D))
        v.assign(nextV)
        u.assign(unit(tf.matMul(w, nextV, true, false)))
      })
    },
    weight() {
      const sigma = tf.matMul(
        v as unknown as tf.Tensor2D,
        tf.matMul(matrix(), u as unknown as tf.Tensor2D),
        true,
        false,
      )
      return weight.div(sigma.reshape([]))
    },
  }
  variables.spectralNorms.push(norm)
  return norm
}
