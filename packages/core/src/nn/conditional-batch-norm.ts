import * as tf from "@tensorflow/tfjs-core"
import { normalizeBatch, normalizeRunning, runningStatistics } from "./batch-norm.js"
import { constant, normal } from "./init.js"
import type { Mode, Variables } from "./variables.js"

/** Standard deviation of the first weights of the condition (our choice, as in the trial). */
export const CONDITION_DEVIATION = 0.1

/**
 * What conditional batch norm is conditioned on: [onehot(k), onehot(k) (2 alpha - 1)], [batch, 2 K]. Continuous in
 * alpha, where DISSECT has one embedding per (concept, bin): our choice; the paper's appendix is not public to us.
 * @param alpha [batch] in [0, 1]
 * @param concept [batch, K] one-hot
 */
export function condition(alpha: tf.Tensor1D, concept: tf.Tensor2D): tf.Tensor2D {
  return tf.concat([concept, concept.mul<tf.Tensor2D>(alpha.mul(2).sub(1).expandDims(1))], 1)
}

/**
 * Batch norm whose scale (1 + ...) and shift are linear in a condition: `name/condition/weight`
 * [condition, 2 channels], `name/condition/bias`, and running statistics.
 */
export function conditionalBatchNorm(
  variables: Variables,
  name: string,
  options: { readonly channels: number; readonly condition: number },
): (x: tf.Tensor4D, condition: tf.Tensor2D, mode: Mode) => tf.Tensor4D {
  const { channels } = options
  const weight = variables.create(
    `${name}/condition/weight`,
    [options.condition, 2 * channels],
    normal(CONDITION_DEVIATION),
  )
  const bias = variables.create(`${name}/condition/bias`, [2 * channels], constant(0))
  const running = runningStatistics(variables, name, channels)
  return (x, condition, mode) => {
    const batch = x.shape[0]
    const both = tf.matMul(condition, weight as unknown as tf.Tensor2D).add<tf.Tensor2D>(bias)
    const scale = both.slice([0, 0], [batch, channels]).add(1).reshape([batch, 1, 1, channels])
    const shift = both.slice([0, channels], [batch, channels]).reshape([batch, 1, 1, channels])
    return mode === "train"
      ? normalizeBatch(x, scale, shift, undefined, running)
      : normalizeRunning(x, scale, shift, running)
  }
}
