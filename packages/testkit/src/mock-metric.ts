import { Metric, type MetricInput, type MetricResult, ShapeError } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"

/** Mean absolute difference of counterfactuals to their originals. Small and real: what other tests put a metric for. */
export class MeanChange extends Metric {
  readonly name: string = "Mean change"
  readonly ideal = 0
  readonly higherIsBetter = false
  protected sum = 0
  protected count = 0

  async update(input: MetricInput): Promise<void> {
    if (input.role !== "counterfactual") return
    const { images, originals } = input
    if (images.shape.join() !== originals.shape.join())
      throw new ShapeError({
        code: "metric-shape",
        message: `Counterfactuals have shape [${images.shape.join(", ")}], their originals [${originals.shape.join(", ")}], expected the same.`,
        next: "Feed each counterfactual with the image that it came from.",
      })
    const change = tf.tidy(() => tf.mean(tf.abs(tf.sub(images, originals)), [1, 2, 3]))
    for (const value of await change.data()) this.sum += value
    this.count += change.size
    change.dispose()
  }

  async compute(): Promise<MetricResult> {
    if (this.count === 0) return { value: Number.NaN, n: 0, skipped: "There are no counterfactuals." }
    return { value: this.sum / this.count, n: this.count }
  }

  reset(): void {
    this.sum = 0
    this.count = 0
  }
}
