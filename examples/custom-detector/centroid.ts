import * as core from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { z } from "zod"

/** Squared distance of average-pooled pixels to those of the mean normal image. */
export class CentroidDetector extends core.Detector {
  readonly gradients = "exact"
  readonly variables: Readonly<Record<"center" | "scale", tf.Variable>>
  constructor(
    readonly inputShape: core.ImageShape,
    readonly pool: number,
  ) {
    super()
    const center = tf.tidy(() => tf.variable(this.pooled(tf.zeros([1, ...inputShape])), false))
    this.variables = { center, scale: tf.tidy(() => tf.variable(tf.scalar(1), false)) }
  }
  pooled = (x: tf.Tensor4D) => tf.avgPool(x, this.pool, this.pool, "same")
  rawScore(x: tf.Tensor4D): tf.Tensor1D {
    core.checkShape(x, this.inputShape, 'Detector "centroid"')
    return tf.tidy(() => this.pooled(x).sub(this.variables.center).square().mean([1, 2, 3]))
  }
  /** An image at the mean distance of normal ones scores 0.22, one at four times that 0.98. */
  bound(raw: tf.Tensor1D): tf.Tensor1D {
    return tf.tidy(() => tf.sub(1, raw.div(this.variables.scale).div(2).square().neg().exp()))
  }
  async fit(data: core.TrainingData, { batchSize: size, seed }: core.FitOptions): Promise<void> {
    for await (const { x } of data.batches({ size, seed, outliers: false })) {
      tf.tidy(() => this.variables.center.assign(this.pooled(x).mean(0, true)))
      return tf.tidy(() => this.variables.scale.assign(this.rawScore(x).mean()))
    }
  }
}

const entry = core.detector({
  options: z.strictObject({ pool: z.int().min(1).default(4) }),
  create: ({ pool }, { inputShape }) => new CentroidDetector(inputShape, pool),
})
const about = { name: "ifnormal-plugin-centroid", version: "0.1.0", contract: 1 }
export default core.definePlugin({ ...about, detectors: { centroid: entry } })
