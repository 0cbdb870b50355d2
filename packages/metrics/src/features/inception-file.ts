import { CheckpointError, type SessionRunner } from "@ifnormal/core"
import { ImportError } from "@ifnormal/onnx"
import { readPyTorch, type StateDict } from "@ifnormal/weights"
import { digestOf, isPublished } from "../trunk/published.js"
import type { FeatureExtractor } from "./extractor.js"
import { inceptionSize } from "./inception/network.js"
import { type InceptionOptions, inceptionExtractor } from "./inception.js"
import { onnxExtractor } from "./onnx.js"
import { onnxState } from "./state.js"

export interface InceptionFileOptions extends Omit<InceptionOptions, "weightsHash" | "note"> {
  /** Runs an ONNX file that is a whole network; not needed otherwise. */
  readonly sessions?: SessionRunner
}

/**
 * Inception from a file: pt_inception-2015-12-05-6726825d.pth, another PyTorch file with its names, an ONNX file whose
 * initializers kept these names, or an ONNX network from [n, 3, 299, 299] to 2048 numbers. What is not the published file
 * is named in the recipe.
 * @throws CheckpointError "weights-file" for a file of another kind, "weights-network" for another ONNX network,
 * "weights-tensor", and those of `readPyTorch`; ConfigError of `onnxExtractor`
 */
export async function loadInception(
  file: Uint8Array,
  { sessions, ...options }: InceptionFileOptions = {},
): Promise<FeatureExtractor> {
  const digest = await digestOf(file)
  const note = isPublished("inception", digest) ? {} : { note: `weights custom:${digest.slice(0, 12)}` }
  const load = (state: StateDict) => inceptionExtractor(state, { ...options, ...note, weightsHash: digest })
  // A zip archive begins with "PK", a legacy file with the pickle opcode PROTO; ONNX with a protobuf tag.
  if ((file[0] === 0x50 && file[1] === 0x4b) || file[0] === 0x80) return load(readPyTorch(file))
  const state = readOnnx(file)
  if (state.has("Conv2d_1a_3x3.conv.weight")) return load(state)
  const { recipe = "torch-fidelity", dimensions = 2048, batch } = options
  if (!sessions) throw unknownNetwork(`its ${state.size} weights have other names than PyTorch's`)
  const extractor = await onnxExtractor(file, sessions, {
    recipe,
    size: [inceptionSize, inceptionSize],
    ...(batch !== undefined && { batch }),
  })
  if (extractor.dimensions === dimensions) return extractor
  extractor.dispose()
  throw unknownNetwork(`it gives ${extractor.dimensions} numbers an image`)
}

function readOnnx(file: Uint8Array): StateDict {
  try {
    return onnxState(file)
  } catch (cause) {
    if (!(cause instanceof ImportError)) throw cause
    throw new CheckpointError({
      code: "weights-file",
      message: `The ${file.byteLength} bytes are neither a PyTorch nor an ONNX file: ${cause.message}`,
      next: "Pass pt_inception-2015-12-05-6726825d.pth, or an ONNX file of Inception.",
      cause,
    })
  }
}

const unknownNetwork = (found: string) =>
  new CheckpointError({
    code: "weights-network",
    message: `The ONNX file is no Inception that can be used: ${found}, expected weights with PyTorch's names, such as "Conv2d_1a_3x3.conv.weight", or a network to 2048 numbers and an engine for it.`,
    next: "Use pt_inception-2015-12-05-6726825d.pth, or pass another network as an extractor of its own (--extractor).",
  })
