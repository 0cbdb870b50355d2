import { weightsError } from "../errors.js"
import type { StateDict, StoredTensor } from "../tensors.js"
import { Budget } from "./budget.js"
import { openLegacy, openZip } from "./containers.js"
import { materialize } from "./materialize.js"
import { tensorsOf } from "./state-dict.js"

/** Besides four times its size, what any file may take: room for small files of widened or expanded tensors. Our choice. */
const SPARE_BYTES = 256 * 2 ** 20

export interface ReadOptions {
  /** Which tensors are read, by name; default all. Those of others cost no memory. */
  readonly only?: (name: string) => boolean
  /** Most bytes that are allocated beside the file's own, default 256 MiB and four times its size. */
  readonly maxBytes?: number
}

/**
 * Reads the tensors of a file of torch.save: a state dict, or a checkpoint that holds one. Both formats are read, the
 * zip format of torch >= 1.6 and the older one of five pickles. Nothing of the file is run: pickle instructions and
 * Python names that state dicts do not need are refused.
 *
 * Tensors are contiguous, row-major, float16 and bfloat16 widened. Where the file's bytes can be used as they lie, `data`
 * is a view of `bytes`: do not change either. A checkpoint is unwrapped as in `tensorsOf`: {"state_dict": {...}} gives the
 * names of the state dict, other nesting gives names joined by dots.
 * @throws CheckpointError "weights-format", "weights-opcode", "weights-global", "weights-truncated", "weights-size",
 * "weights-dtype"
 */
export function readPyTorch(bytes: Uint8Array, options: ReadOptions = {}): StateDict {
  const budget = new Budget(options.maxBytes ?? SPARE_BYTES + 4 * bytes.length)
  const { value, storageBytes } = open(bytes, budget)
  const tensors = new Map<string, StoredTensor>()
  for (const [name, record] of tensorsOf(value))
    if (!options.only || options.only(name))
      tensors.set(name, materialize(name, record, storageBytes, budget))
  return tensors
}

/** Name and shape of every tensor of a file of torch.save; no values are read. @throws as `readPyTorch` */
export function readPyTorchShapes(bytes: Uint8Array): ReadonlyMap<string, readonly number[]> {
  const { value } = open(bytes, new Budget(SPARE_BYTES))
  return new Map([...tensorsOf(value)].map(([name, { shape }]) => [name, shape]))
}

function open(bytes: Uint8Array, budget: Budget) {
  if (startsWith(bytes, 0x50, 0x4b)) return openZip(bytes, budget)
  if (startsWith(bytes, 0x80)) return openLegacy(bytes)
  if (new TextDecoder().decode(bytes.subarray(257, 262)) === "ustar")
    throw weightsError(
      "weights-format",
      "The file is a tar archive, the format of torch before 0.1.10; zip files and five pickles are read.",
    )
  throw weightsError(
    "weights-format",
    "The file is not one of torch.save: it begins neither as a zip file nor as a pickle.",
  )
}

function startsWith(bytes: Uint8Array, ...start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte)
}
