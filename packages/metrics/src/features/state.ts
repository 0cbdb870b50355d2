import { CheckpointError, sha256 } from "@ifnormal/core"
import { decodeModel } from "@ifnormal/onnx"
import type { StateDict, StoredTensor } from "@ifnormal/weights"

/** sha256 of the sha256 of each tensor with its name and shape: the identity of weights whatever file they came in. */
export function stateHash(state: StateDict): string {
  const lines = [...state].map(([name, { dtype, shape, data }]) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    return `${name} ${dtype} [${shape}] ${sha256(bytes)}\n`
  })
  return sha256(new TextEncoder().encode(lines.sort().join("")))
}

/**
 * The float32 weights of an ONNX file under their names. Exporters keep PyTorch's names unless they fold the batch norms
 * (torch.onnx.export with training=TrainingMode.PRESERVE and do_constant_folding=False does not).
 * @throws ImportError for bytes that are no ONNX model; CheckpointError "weights-names" for one without float32 weights
 */
export function onnxState(bytes: Uint8Array): StateDict {
  const { initializers } = decodeModel(bytes)
  const state = new Map<string, StoredTensor>()
  for (const { name, type, dims, raw } of initializers)
    if (type === "float32")
      state.set(name, { dtype: "float32", shape: dims, data: new Float32Array(new Uint8Array(raw).buffer) })
  if (state.size > 0) return state
  throw new CheckpointError({
    code: "weights-names",
    message: `The ONNX file has ${initializers.length} initializers and none of float32, expected weights by name.`,
    next: "Export the network in float32 with its weights as initializers.",
  })
}
