import { type Detector, stream } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { demand, take } from "./check.js"

/** Step sizes that are tried: float32 noise hides small ones, kinks of ReLU spoil large ones. Our choice. */
const steps = [3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5]
/**
 * Allowed difference relative to the gradient's norm, along the gradient and along random directions, where ReLU and max
 * pooling have more kinks on the way. A gradient without half of the pixels is off by 0.7. Our choice.
 */
const tolerances = { along: 0.05, random: 0.15 }

/**
 * Compares the gradient of the summed raw score with central differences, along the gradient itself and along three
 * random directions of +-1 (which see pixels that the gradient leaves out). Agreement at one step size is enough.
 * @throws CheckError "check-failed"
 */
export async function gradientCheck(model: Detector, x: tf.Tensor4D): Promise<void> {
  const total = (images: tf.Tensor4D) => tf.sum(model.rawScore(images)) as tf.Scalar
  const gradient = await take(tf.tidy(() => tf.grad((images: tf.Tensor) => total(images as tf.Tensor4D))(x)))
  const norm = Math.hypot(...gradient)
  demand(
    Number.isFinite(norm) && norm > 0,
    `The gradient's norm is ${norm}.`,
    'Use differentiable operations, or declare gradients: "none".',
  )
  const random = stream(3, "testkit", "gradient")
  const directions = [
    gradient.map((value) => value / norm),
    ...[1, 2, 3].map(() => gradient.map(() => (random.uniform() < 0.5 ? -1 : 1))),
  ]
  for (const [number, direction] of directions.entries()) {
    const expected = direction.reduce((sum, value, i) => sum + value * gradient[i]!, 0)
    let nearest = Number.NaN
    for (const step of steps) {
      const difference = await centralDifference(model, x, direction, step * (number === 0 ? 10 : 1))
      if (!(Math.abs(difference - expected) >= Math.abs(nearest - expected))) nearest = difference
    }
    const tolerance = number === 0 ? tolerances.along : tolerances.random
    demand(
      Math.abs(nearest - expected) <= tolerance * norm,
      `Along direction ${number} the gradient says ${expected}, finite differences say ${nearest} at best (norm ${norm}).`,
      'Check custom gradients, and operations without one such as floor or argMax; or declare gradients: "none".',
    )
  }
}

async function centralDifference(
  model: Detector,
  x: tf.Tensor4D,
  direction: Float32Array,
  step: number,
): Promise<number> {
  const move = tf.tidy(() => tf.mul(tf.tensor(direction, x.shape), step))
  const at = (images: tf.Tensor) => {
    const raw = tf.tidy(() => model.rawScore(images as tf.Tensor4D))
    images.dispose()
    return take(raw)
  }
  const above = await at(tf.add(x, move))
  const below = await at(tf.sub(x, move))
  move.dispose()
  // Per image first: float32 sums of large scores would hide the difference.
  return above.reduce((sum, value, i) => sum + (value - below[i]!), 0) / (2 * step)
}
