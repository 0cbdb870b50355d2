import * as tf from "@tensorflow/tfjs-core"
import { CheckpointError } from "../contract/errors.js"
import type { StoredTensor, TrainingState } from "../contract/training.js"

/** Reads all variables. */
export async function captureState(
  step: number,
  variables: Readonly<Record<string, tf.Variable>>,
): Promise<TrainingState> {
  const tensors: Record<string, StoredTensor> = {}
  for (const [name, variable] of Object.entries(variables)) {
    const data = (await variable.data()) as Float32Array
    tensors[name] = { shape: [...variable.shape], dtype: "float32", data: Float32Array.from(data) }
  }
  return { step, tensors }
}

/**
 * Writes a state into the variables.
 * @throws CheckpointError "state-mismatch" when a tensor is missing, unknown, or has another shape; nothing is written.
 */
export function restoreState(state: TrainingState, variables: Readonly<Record<string, tf.Variable>>): void {
  const mismatch = (message: string): CheckpointError =>
    new CheckpointError({
      code: "state-mismatch",
      message,
      next: "Resume with the options the training was started with, or start anew without resume.",
    })
  for (const [name, variable] of Object.entries(variables)) {
    const stored = state.tensors[name]
    if (!stored) throw mismatch(`The saved training state has no tensor ${name}, which this model needs.`)
    if (stored.shape.join() !== variable.shape.join())
      throw mismatch(
        `Tensor ${name} of the saved state has shape [${stored.shape}], this model's has [${variable.shape}].`,
      )
  }
  const unknown = Object.keys(state.tensors).find((name) => !(name in variables))
  if (unknown)
    throw mismatch(`The saved training state has a tensor ${unknown}, which this model does not know.`)
  tf.tidy(() => {
    for (const [name, variable] of Object.entries(variables)) {
      const stored = state.tensors[name]!
      variable.assign(tf.tensor(Float32Array.from(stored.data), [...stored.shape], "float32"))
    }
  })
}
