import * as tf from "@tensorflow/tfjs-core"
import { constant } from "./init.js"
import type { Mode, Variables } from "./variables.js"

/** Share of the new batch in the running statistics (PyTorch's momentum); 0.9 of the old ones stay. */
export const BATCH_NORM_MOMENTUM = 0.1
/** Added to the variance unless a layer says otherwise. */
export const BATCH_NORM_EPSILON = 1e-5

/** Mean and variance over everything but the last axis, as they come with each training batch. */
export interface RunningStatistics {
  readonly mean: tf.Variable
  readonly variance: tf.Variable
}

/** Variables `name/running_mean` (0) and `name/running_var` (1), [channels], not trained. */
export function runningStatistics(variables: Variables, name: string, channels: number): RunningStatistics {
  return {
    mean: variables.create(`${name}/running_mean`, [channels], constant(0), false),
    variance: variables.create(`${name}/running_var`, [channels], constant(1), false),
  }
}

/**
 * Batch norm with the statistics of the batch and a closed-form gradient: y = xhat scale + shift,
 * xhat = (x - mean) / sqrt(variance + epsilon), and with g = dy scale
 *
 *   dx = (g - mean(g) - xhat mean(g xhat)) / sqrt(variance + epsilon)
 *
 * which needs fewer and smaller intermediate tensors than differentiating the statistics op by op.
 * @param x [batch, ..., channels], rank 2 or 4
 * @param scale [channels], or [batch, 1, 1, channels] for one scale per image
 * @param shift as `scale`
 * @param running updated by `BATCH_NORM_MOMENTUM` (variance with n - 1, as PyTorch does) where given
 */
export function normalizeBatch<T extends tf.Tensor>(
  x: T,
  scale: tf.Tensor,
  shift: tf.Tensor,
  epsilon = BATCH_NORM_EPSILON,
  running?: RunningStatistics,
): T {
  const axes = x.shape.map((_, axis) => axis).slice(0, -1)
  const channels = x.shape[x.shape.length - 1]!
  const n = x.size / channels
  const perImage = scale.rank === 4
  const inner = perImage ? x.shape[1]! * x.shape[2]! : n
  const apply = tf.customGrad((...inputs) => {
    const [x, scale, shift] = inputs as unknown as tf.Tensor[]
    const save = inputs[3] as unknown as (tensors: tf.Tensor[]) => void
    const mean = x!.mean(axes, true)
    const centered = x!.sub(mean)
    const variance = centered.square().mean(axes, true)
    const inverse = variance.add(epsilon).rsqrt()
    if (running) {
      update(running.mean, mean.reshape([channels]))
      update(running.variance, variance.reshape([channels]).mul(n / Math.max(1, n - 1)))
    }
    save([centered, inverse, scale!])
    return {
      value: centered.mul(inverse.mul(scale!)).add(shift!),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [centered, inverse, scale] = saved as [tf.Tensor, tf.Tensor, tf.Tensor]
        const over = perImage ? [1, 2] : axes
        const dShift = dy.sum(over, perImage)
        const dScale = dy
          .mul(centered)
          .sum(over, perImage)
          .mul(perImage ? inverse : inverse.reshape([channels]))
        const ofBatch = (t: tf.Tensor): tf.Tensor =>
          (perImage ? t.mean([0], true) : t.reshape(inverse.shape)).div(inner)
        const meanG = ofBatch(scale.mul(dShift))
        const meanGX = ofBatch(scale.mul(dScale))
        const dx = centered
          .mul(inverse.square().mul(meanGX).neg())
          .sub(inverse.mul(meanG))
          .add(dy.mul(inverse.mul(scale)))
        return [dx, dScale, dShift]
      },
    }
  })
  return apply(x, scale, shift) as T
}

/** Batch norm with running statistics: each image by itself. Arguments as for `normalizeBatch`. */
export function normalizeRunning<T extends tf.Tensor>(
  x: T,
  scale: tf.Tensor,
  shift: tf.Tensor,
  running: RunningStatistics,
  epsilon = BATCH_NORM_EPSILON,
): T {
  const factor = scale.mul(running.variance.add(epsilon).rsqrt())
  return x.mul(factor).add(shift.sub(factor.mul(running.mean))) as T
}

/** Batch norm with learned scale (1) and shift (0): `name/weight`, `name/bias`, and the running statistics. */
export function batchNorm(
  variables: Variables,
  name: string,
  channels: number,
  epsilon = BATCH_NORM_EPSILON,
): <T extends tf.Tensor>(x: T, mode: Mode) => T {
  const scale = variables.create(`${name}/weight`, [channels], constant(1))
  const shift = variables.create(`${name}/bias`, [channels], constant(0))
  const running = runningStatistics(variables, name, channels)
  return (x, mode) =>
    mode === "train"
      ? normalizeBatch(x, scale, shift, epsilon, running)
      : normalizeRunning(x, scale, shift, running, epsilon)
}

function update(variable: tf.Variable, value: tf.Tensor): void {
  variable.assign(variable.mul(1 - BATCH_NORM_MOMENTUM).add(value.mul(BATCH_NORM_MOMENTUM)))
}
