import * as core from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { z } from "zod"

/** Share of the pixels that counterfactuals change by more than a threshold, in any channel. */
export class ExampleMetric extends core.Metric {
  readonly name = "Changed area"
  readonly ideal = 0
  readonly higherIsBetter = false
  private values: number[] = []
  constructor(readonly threshold: number) {
    super()
  }
  async update(input: core.MetricInput): Promise<void> {
    if (input.role !== "counterfactual") return
    const [, height, width, channels] = input.originals.shape
    core.checkShape(input.images, [height, width, channels], "The originals' metric")
    const change = tf.tidy(() => input.images.sub(input.originals).abs().max(3).greater(this.threshold))
    const share = tf.tidy(() => change.toFloat().mean([1, 2]))
    this.values.push(...(await share.data()))
    tf.dispose([change, share])
  }
  async compute(): Promise<core.MetricResult> {
    const n = this.values.length
    if (n === 0) return { value: Number.NaN, n, skipped: "There are no counterfactuals." }
    const recipe = `pixels that change by more than ${this.threshold}`
    return { value: this.values.reduce((sum, value) => sum + value, 0) / n, n, recipe }
  }
  reset(): void {
    this.values = []
  }
}

const entry = core.metric({
  options: z.strictObject({ threshold: z.number().min(0).max(1).default(0.1) }),
  create: ({ threshold }) => new ExampleMetric(threshold),
})
const about = { name: "ifnormal-plugin-example", version: "0.1.0", contract: 1 }
export default core.definePlugin({ ...about, metrics: { example: entry } })
