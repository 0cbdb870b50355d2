import type { FitOptions, TrainingData } from "@ifnormal/core"
import { TrainingError } from "@ifnormal/core"
import type * as tf from "@tensorflow/tfjs-core"
import type { Bound } from "./bound.js"

/** Images that the quantiles rest on. Our choice. */
const IMAGES = 512
/** Images in one call of the model: a large foreign model takes its time and memory by the image. */
const BATCH = 32

/**
 * All that there is to fit of a detector that is trained already: its bound. Draws normal images, at most 512, at most
 * twice as many as there are, and at most `steps` batches. `learningRate` and `resume` do not matter.
 * @param score the raw scores of a batch, whose tensor this function frees
 * @throws TrainingError "stopped"; DataError "data-score"
 */
export async function calibrate(
  bound: Bound,
  score: (x: tf.Tensor4D) => Promise<tf.Tensor1D>,
  data: TrainingData,
  { steps, batchSize, seed, signal, onStep }: FitOptions,
): Promise<void> {
  if (!bound.calibrates) return
  const size = Math.min(batchSize, BATCH)
  const batches = Math.min(steps, Math.ceil(Math.min(IMAGES, 2 * data.length) / size))
  const scores: number[] = []
  let done = 0
  for await (const { x } of data.batches({ size, seed, outliers: false })) {
    const raw = await score(x)
    const values = [...(await raw.data())]
    raw.dispose()
    scores.push(...values)
    done++
    await onStep?.({ score: values.reduce((sum, value) => sum + value, 0) / values.length }, done)
    if (signal?.aborted)
      throw new TrainingError({
        code: "stopped",
        message: `Calibration stopped after ${done} of ${batches} batches.`,
        next: "Start it again: it takes seconds.",
      })
    if (done >= batches) break
  }
  bound.calibrate(scores)
}
