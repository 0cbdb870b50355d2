import { CheckpointError } from "@ifnormal/core"
import type { StateDict } from "@ifnormal/weights"
import * as tf from "@tensorflow/tfjs-core"

/** Numbers of one parameter of a PyTorch network. @throws CheckpointError "weights-tensor" when it is missing or of another shape */
export function parameter(state: StateDict, name: string, shape: readonly number[]): Float32Array {
  const found = state.get(name)
  if (!found || found.shape.join() !== shape.join())
    throw new CheckpointError({
      code: "weights-tensor",
      message: `Tensor "${name}" of shape [${shape.join(", ")}] was expected, found ${
        found ? `shape [${found.shape.join(", ")}]` : `none of that name among ${state.size} tensors`
      }.`,
      next: "Check that this is the file of this network: ifnormal weights check lists what each network needs.",
    })
  if (found.dtype === "float32" || found.dtype === "float16" || found.dtype === "bfloat16") return found.data
  return Float32Array.from(found.data as ArrayLike<number>, Number)
}

/** A convolution's kernel, from PyTorch's [out, in, height, width] to tfjs' [height, width, in, out]. */
export function kernel(
  state: StateDict,
  name: string,
  [height, width, inChannels, outChannels]: readonly [number, number, number, number],
): tf.Tensor4D {
  const data = parameter(state, name, [outChannels, inChannels, height, width])
  return tf.tidy(() =>
    tf.transpose(tf.tensor4d(data, [outChannels, inChannels, height, width]), [2, 3, 1, 0]),
  )
}
