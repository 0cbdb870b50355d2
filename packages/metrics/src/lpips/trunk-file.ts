import { CheckpointError } from "@ifnormal/core"
import { ImportError } from "@ifnormal/onnx"
import { readPyTorch, type StateDict } from "@ifnormal/weights"
import { onnxState, stateHash } from "../features/state.js"
import { digestOf, isPublished } from "../trunk/published.js"
import { createLpips, type Lpips } from "./lpips.js"
import type { LpipsTrunk } from "./trunks.js"

/**
 * LPIPS with the trunk weights of a file: torchvision's (alexnet-owt-7be5be79.pth, vgg16-397923af.pth,
 * squeezenet1_1-b8a52dc0.pth), another PyTorch file with the same names, or an ONNX file that kept these names for its
 * initializers, of which only the numbers are read. What is not torchvision's file is named in the recipe, by the hash of
 * the features' tensors, whatever file they came in.
 * @throws CheckpointError "weights-tensor" for a tensor that is missing or of another shape, "weights-format" for another
 * kind of file, and those of `readPyTorch` and `onnxState`
 */
export async function loadLpips(trunk: LpipsTrunk, file: Uint8Array): Promise<Lpips> {
  // A zip archive begins with "PK", a legacy file with the pickle opcode PROTO; ONNX with a protobuf tag.
  const isPyTorch = (file[0] === 0x50 && file[1] === 0x4b) || file[0] === 0x80
  const state = isPyTorch ? readPyTorch(file, { only: isFeature }) : onnxFeatures(file)
  const known = isPublished(`lpips-${trunk}`, await digestOf(file))
  return createLpips(trunk, state, known ? undefined : `custom:${stateHash(state).slice(0, 12)}`)
}

// The classifier behind the features, most of AlexNet's and VGG's file, is not read.
const isFeature = (name: string) => name.startsWith("features.")

function onnxFeatures(file: Uint8Array): StateDict {
  try {
    return new Map([...onnxState(file)].filter(([name]) => isFeature(name)))
  } catch (cause) {
    if (!(cause instanceof ImportError)) throw cause
    throw new CheckpointError({
      code: "weights-format",
      message: `The trunk's weights are neither a PyTorch file nor an ONNX model that can be read: ${cause.message}`,
      next: "Pass torchvision's .pth file, or an ONNX model with its weights inside and float32.",
      cause,
    })
  }
}
