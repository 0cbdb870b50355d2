import * as tf from "@tensorflow/tfjs-core"
import { TrainingError } from "../contract/errors.js"
import type { FitOptions, TrainingBatch, TrainingData } from "../contract/training.js"
import { captureState, restoreState } from "./state.js"

/** What both training loops have in common. */
export interface Loop {
  readonly data: TrainingData
  readonly options: FitOptions
  /** Half of each batch from outlier exposure, where there is one. */
  readonly outliers: boolean
  /** Images that the data yields per step. */
  readonly batchSize: number
  /** Everything that has to be saved to go on byte-identically, by name. */
  readonly state: Readonly<Record<string, tf.Variable>>
  /** Names of the terms that `step` returns. */
  readonly terms: readonly string[]
  /** One step: updates the variables and returns the terms, [terms.length], not yet read. */
  readonly step: (batch: TrainingBatch, step: number) => tf.Tensor1D
}

/**
 * Runs the steps, reading one small vector per step: it ends the step for a lazy engine, and is log line and NaN watch
 * at once.
 * @throws TrainingError "nan" at the first term that is not finite; what was saved before stays.
 * @throws TrainingError "stopped" when the signal aborts, after the running step was finished and saved.
 * @throws CheckpointError "state-mismatch" when `resume` is of another model
 */
export async function runLoop(loop: Loop): Promise<void> {
  const { options, state } = loop
  const { steps, seed, saveEvery = 50 } = options
  if (options.resume) restoreState(options.resume, state)
  let done = options.resume?.step ?? 0
  if (done >= steps) return
  const save = async (): Promise<void> => {
    await options.saveState?.(await captureState(done, state))
  }
  const batches = loop.data.batches({ size: loop.batchSize, seed, outliers: loop.outliers, start: done })
  for await (const batch of batches) {
    const terms = await readTerms(loop.terms, loop.step(batch, done), done + 1)
    done += 1
    await options.onStep?.(terms, done)
    // Lets signal handlers run: reading back may not wait for anything.
    await tf.nextFrame()
    const stopped = options.signal?.aborted === true
    if (stopped || done === steps || done % saveEvery === 0) await save()
    if (done === steps) return
    if (stopped)
      throw new TrainingError({
        code: "stopped",
        message: `Training was stopped after step ${done} of ${steps}.`,
        next: "Go on from the saved state with --resume.",
      })
  }
  throw new TrainingError({
    code: "data-ended",
    message: `The training data ended after step ${done} of ${steps}; batches must be endless.`,
    next: "Fix the TrainingData implementation: `batches` must repeat the images.",
  })
}

async function readTerms(
  names: readonly string[],
  tensor: tf.Tensor1D,
  step: number,
): Promise<Record<string, number>> {
  const values = await tensor.data()
  tensor.dispose()
  const terms = Object.fromEntries(names.map((name, i) => [name, values[i]!]))
  const bad = names.find((name) => !Number.isFinite(terms[name]))
  if (bad !== undefined)
    throw new TrainingError({
      code: "nan",
      message: `Term "${bad}" of step ${step} is ${terms[bad]}; expected a finite number.`,
      next: "Lower the learning rate, or go on from the last saved state with --resume and another learning rate.",
    })
  return terms
}
