import { CheckpointError } from "@ifnormal/core"

/** What is wrong with a file of weights. */
export type WeightsProblem =
  /** Not a file of this kind, or one whose parts contradict each other. */
  | "weights-format"
  /** A pickle instruction that a state dict does not need. */
  | "weights-opcode"
  /** A Python name that is not on the list of known ones: the file would run code or build a class. */
  | "weights-global"
  /** The file ends before what it declares. */
  | "weights-truncated"
  /** More memory, entries or depth than is allowed. */
  | "weights-size"
  /** An element type that is not carried. */
  | "weights-dtype"

const NEXT: Readonly<Record<WeightsProblem, string>> = {
  "weights-format":
    "Pass a file of torch.save(model.state_dict(), path), or a .safetensors file of float32 tensors.",
  "weights-opcode":
    "Save only the state dict: torch.save(model.state_dict(), path). A file that runs code is never read.",
  "weights-global":
    "Save only the state dict: torch.save(model.state_dict(), path). A file that runs code or holds classes is never read.",
  "weights-truncated": "Get the file again: its download or copy was not complete.",
  "weights-size": "Check where the file comes from; if it is yours, raise maxBytes.",
  "weights-dtype": "Convert the tensors before saving, such as tensor.float().",
}

/** A typed error about a file of weights; `message` says what was found and expected. */
export function weightsError(code: WeightsProblem, message: string, cause?: unknown): CheckpointError {
  return new CheckpointError({ code, message, next: NEXT[code], cause })
}

/** A text of the file as it may be shown: quoted, without control characters, cut. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text)
}
