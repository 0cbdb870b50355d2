import * as tf from "@tensorflow/tfjs-core"
import { compiled } from "../compiled.js"
import type { FitOptions, TrainingBatch, TrainingData } from "../contract/training.js"
import { type AdamOptions, adam } from "./adam.js"
import { runLoop } from "./loop.js"
import type { Schedule } from "./schedule.js"

export interface TrainOptions {
  readonly data: TrainingData
  readonly options: FitOptions
  /** Everything the model stores, by name; the trainable ones are trained, all are saved. */
  readonly variables: Readonly<Record<string, tf.Variable>>
  /**
   * The loss of one batch. Layers must use batch statistics here. A function of the batch and of variables only: see
   * `compiled`.
   */
  readonly loss: (batch: TrainingBatch) => tf.Scalar
  /** Name of the loss in logs. Default "loss". */
  readonly name?: string
  /** Half of each batch from outlier exposure, where there is one. Default true. */
  readonly outliers?: boolean
  /** Factor on the learning rate. Default 1 throughout. */
  readonly schedule?: Schedule
  readonly adam?: AdamOptions
}

/**
 * Minimizes one loss with Adam: what detectors train with.
 * @throws TrainingError "nan", "stopped"; see `runLoop`
 */
export async function train(training: TrainOptions): Promise<void> {
  const { data, options, variables, schedule } = training
  const trained = Object.fromEntries(Object.entries(variables).filter(([, variable]) => variable.trainable))
  const list = Object.values(trained)
  const optimizer = adam(trained, training.adam)
  const update = compiled((x: tf.Tensor4D, outlier: tf.Tensor1D, numbers: tf.Tensor1D) => {
    const { value, grads } = tf.variableGrads(() => training.loss({ x, outlier }), list)
    optimizer.apply(grads, numbers.slice(0, 1), numbers.slice(1, 1))
    return tf.stack([value]) as tf.Tensor1D
  })
  try {
    await runLoop({
      data,
      options,
      outliers: training.outliers ?? true,
      batchSize: options.batchSize,
      state: { ...variables, ...optimizer.slots },
      terms: [training.name ?? "loss"],
      step: (batch, step) =>
        tf.tidy(() => {
          const factor = schedule?.(step, options.steps) ?? 1
          const numbers = tf.tensor1d(optimizer.numbers(step + 1, options.learningRate * factor))
          return update(batch.x, batch.outlier, numbers)
        }),
    })
  } finally {
    tf.dispose(optimizer.slots)
  }
}
