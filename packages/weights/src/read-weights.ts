import { decodeSafetensors } from "@ifnormal/core"
import { type ReadOptions, readPyTorch } from "./pytorch/read.js"
import type { StateDict, StoredTensor } from "./tensors.js"

/**
 * Reads the tensors of a .safetensors file (float32, int32 and uint8) or of a file of torch.save, whichever it is.
 * @throws CheckpointError as `readPyTorch`, or "checkpoint-safetensors"
 */
export function readWeights(bytes: Uint8Array, options: ReadOptions = {}): StateDict {
  // Safetensors: eight bytes of length, then a JSON object. Zip files and torch's pickles have no "{" there.
  if (bytes[8] !== 0x7b) return readPyTorch(bytes, options)
  const tensors = Object.entries(decodeSafetensors(bytes)) as [string, StoredTensor][]
  return new Map(tensors.filter(([name]) => !options.only || options.only(name)))
}
