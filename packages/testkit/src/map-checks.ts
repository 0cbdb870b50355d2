import type { Detector } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { demand, demandNoLeak, firstDifference, take } from "./check.js"

type Work = (model: Detector, x: tf.Tensor4D) => Promise<void>

/** Checks of what a detector may have beside its score: `features` and `anomalyMap`. Absent ones pass. */
export function mapChecks(check: (n: number, work: Work) => () => Promise<void>) {
  return {
    "features have shape [batch, n] and do not depend on the batch": check(3, async (model, x) => {
      if (!model.features) return
      const features = async (images: tf.Tensor4D) => model.features!(images)
      await demandRows("features", features, x, (shape) => shape.length === 2, "[batch, n]")
      if (model.gradients === "none") return
      const sum = (images: tf.Tensor) => tf.sum(model.features!(images as tf.Tensor4D)) as tf.Scalar
      const gradient = await take(tf.tidy(() => tf.grad(sum)(x)))
      demand(
        gradient.every(Number.isFinite) && gradient.some((value) => value !== 0),
        "The gradient of the features is zero or not finite.",
        'Use differentiable operations: gradients is "exact".',
      )
    }),
    "anomaly maps have the images' size and are at least 0": check(3, async (model, x) => {
      if (!model.anomalyMap) return
      const [, height, width] = x.shape
      const expected = `3,${height},${width},1`
      const fits = (shape: readonly number[]) => shape.join() === expected
      const maps = (images: tf.Tensor4D) => model.anomalyMap!(images)
      const values = await demandRows("anomalyMap", maps, x, fits, `[batch, ${height}, ${width}, 1]`)
      const low = Math.min(...values)
      demand(low >= 0, `anomalyMap reaches down to ${low}.`, "Measure from 0 on: 0 is what is normal.")
    }),
  }
}

/** Demands a finite tensor of a shape, whose row of an image is the same without the others, and no leak. */
async function demandRows(
  name: string,
  call: (x: tf.Tensor4D) => Promise<tf.Tensor>,
  x: tf.Tensor4D,
  fits: (shape: readonly number[]) => boolean,
  expected: string,
): Promise<Float32Array> {
  const made = await call(x)
  const shape = made.shape
  const values = await take(made)
  const [n] = x.shape
  demand(
    shape[0] === n && fits(shape) && values.every(Number.isFinite),
    `${name} of ${n} images has shape [${shape.join(", ")}], expected ${expected} of finite numbers.`,
    "Keep the batch axis first, and one row for each image.",
  )
  await demandNoLeak(`One call of ${name}`, async () => tf.dispose(await call(x)))
  const one = tf.slice(x, 1, 1)
  const alone = await take(await call(one))
  one.dispose()
  const size = values.length / n
  const difference = firstDifference(values.subarray(size, 2 * size), alone, 1e-4)
  demand(
    difference === undefined,
    `${name} of an image in a batch of ${n} and alone: ${difference}.`,
    "Use running statistics, never those of the batch.",
  )
  return values
}
