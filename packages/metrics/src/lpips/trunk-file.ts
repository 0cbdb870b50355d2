import { CheckpointError, sha256 } from "@ifnormal/core"
import { decodeModel } from "@ifnormal/onnx"
import { readPyTorch, type StateDict, type StoredTensor } from "@ifnormal/weights"
import { createLpips, type Lpips } from "./lpips.js"
import type { LpipsTrunk } from "./trunks.js"

/** First digits of the sha256 of torchvision's files, which are part of their names (torchvision 0.2 to date). */
const published: Readonly<Record<LpipsTrunk, string>> = {
  alex: "7be5be79",
  vgg: "397923af",
  squeeze: "b8a52dc0",
}

/**
 * LPIPS with the trunk weights of a file: torchvision's (alexnet-owt-7be5be79.pth, vgg16-397923af.pth,
 * squeezenet1_1-b8a52dc0.pth), another PyTorch file with the same names, or an ONNX file that kept these names for its
 * initializers, of which only the numbers are read. What is not torchvision's file is named in the recipe.
 * @throws CheckpointError "weights-trunk" for an ONNX file without such names, "weights-tensor" for a tensor that is
 * missing or of another shape, and those of `readPyTorch`; ImportError for a broken ONNX file
 */
export function loadLpips(trunk: LpipsTrunk, file: Uint8Array): Lpips {
  // A zip archive begins with "PK", a legacy file with the pickle opcode PROTO; ONNX with a protobuf tag.
  const isPyTorch = (file[0] === 0x50 && file[1] === 0x4b) || file[0] === 0x80
  const state = isPyTorch ? readPyTorch(file) : readOnnx(file)
  const digest = sha256(file)
  return createLpips(
    trunk,
    state,
    digest.startsWith(published[trunk]) ? undefined : `custom:${digest.slice(0, 12)}`,
  )
}

function readOnnx(bytes: Uint8Array): StateDict {
  const { initializers } = decodeModel(bytes)
  const state = new Map(
    initializers
      .filter(({ type, name }) => type === "float32" && name.startsWith("features."))
      .map(({ name, dims, raw }): [string, StoredTensor] => [
        name,
        { dtype: "float32", shape: dims, data: new Float32Array(raw.slice().buffer) },
      ]),
  )
  if (state.size === 0)
    throw new CheckpointError({
      code: "weights-trunk",
      message: `The ONNX file has ${initializers.length} initializers${initializers.length ? `, such as "${initializers[0]!.name}"` : ""}, expected float32 ones with torchvision's names, such as "features.0.weight".`,
      next: "Use torchvision's .pth file, or export the torchvision model with torch.onnx.export, which keeps its names.",
    })
  return state
}
