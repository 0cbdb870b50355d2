import type { Session, SessionTensor, SessionValue } from "@ifnormal/core"
import type { ImportedModel } from "@ifnormal/onnx/import"
import * as tf from "@tensorflow/tfjs-core"
import type { ImageInput } from "./onnx-input.js"

/** Runs a model on one feed. */
export interface OnnxEngine {
  readonly inputs: readonly SessionValue[]
  readonly outputs: readonly SessionValue[]
  /** Outputs as float32 tensors, the caller's to free. */
  run(input: ImageInput, fed: tf.Tensor4D, outputs: readonly string[]): Promise<Record<string, tf.Tensor>>
  dispose(): void
}

/** The engine that runs a model's file as it is, without gradients. */
export function sessionEngine(session: Session): OnnxEngine {
  return {
    inputs: session.inputs,
    outputs: session.outputs,
    async run({ name, dtype }, fed, outputs) {
      const values = (await fed.data()) as Float32Array
      const feed = { dtype, dims: fed.shape, data: arrays[dtype].from(values) } as SessionTensor
      const results = await session.run({ [name]: feed }, outputs)
      return Object.fromEntries(
        Object.entries(results).map(([output, { dims, data }]) => [
          output,
          tf.tensor(Float32Array.from(data as ArrayLike<number>, Number), [...dims]),
        ]),
      )
    },
    dispose: () => void session.dispose(),
  }
}

const arrays = { float32: Float32Array, float64: Float64Array, uint8: Uint8Array }

/** A model as differentiable operations: the same, at once. */
export interface OnnxGraph extends OnnxEngine {
  runNow(input: ImageInput, fed: tf.Tensor4D, outputs: readonly string[]): Record<string, tf.Tensor>
}

/** The engine that computes a model with TensorFlow.js. */
export function graphEngine(model: ImportedModel): OnnxGraph {
  const runNow = ({ name }: ImageInput, fed: tf.Tensor4D, outputs: readonly string[]) =>
    model.run({ [name]: fed }, outputs)
  return {
    inputs: model.inputs,
    outputs: model.outputs,
    runNow,
    run: async (input, fed, outputs) => runNow(input, fed, outputs),
    dispose: () => model.dispose(),
  }
}
