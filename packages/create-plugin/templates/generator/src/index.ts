import * as core from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { z } from "zod"

/** Blends an image with the mean normal image: the lower alpha the more, each concept with a share of its own. */
export class ExampleGenerator extends core.CounterfactualGenerator {
  readonly inputShape: core.ImageShape
  readonly variables: Readonly<Record<"center", tf.Variable>>
  constructor(
    detector: core.Detector,
    readonly concepts: number,
  ) {
    super()
    this.inputShape = detector.inputShape
    this.variables = { center: tf.tidy(() => tf.variable(tf.zeros([1, ...this.inputShape]), false)) }
  }
  async fit(data: core.TrainingData, { batchSize: size, seed }: core.FitOptions): Promise<void> {
    for await (const { x } of data.batches({ size, seed, outliers: false }))
      return tf.tidy(() => this.variables.center.assign(tf.mean(x, 0, true)))
  }
  async generate(x: tf.Tensor4D, alpha: tf.Tensor1D, concept: tf.Tensor1D): Promise<tf.Tensor4D> {
    core.checkShape(x, this.inputShape, 'Generator "example"')
    return tf.tidy(() => {
      const strength = concept.toFloat().add(1).div(this.concepts)
      const share = tf.sub(1, alpha).mul(strength).reshape([-1, 1, 1, 1])
      return x.add<tf.Tensor4D>(this.variables.center.sub(x).mul(share))
    })
  }
}

const entry = core.generator({
  options: z.strictObject({ concepts: z.int().min(1).default(2) }),
  create: ({ concepts }, { detector }) => new ExampleGenerator(detector, concepts),
})
const about = { name: "ifnormal-plugin-example", version: "0.1.0", contract: 1 }
export default core.definePlugin({ ...about, generators: { example: entry } })
