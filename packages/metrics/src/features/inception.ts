import type { StateDict } from "@ifnormal/weights"
import type { FeatureExtractor } from "./extractor.js"
import { type InceptionDimensions, inceptionNetwork } from "./inception/network.js"
import { networkExtractor } from "./network-extractor.js"
import { type InceptionRecipe, inceptionPreprocessing } from "./recipes.js"
import { stateHash } from "./state.js"
import { tensorRun } from "./tensor-run.js"

export interface InceptionOptions {
  /** Default "torch-fidelity", the closest to the original FID. */
  readonly recipe?: InceptionRecipe
  /** Default 2048, which FID means unless it says otherwise. */
  readonly dimensions?: InceptionDimensions
  /** Images at once, default 32. */
  readonly batch?: number
  /** sha256 of the weights' file, where it is known; default: hashed here, about a second. */
  readonly weightsHash?: string
  /** Behind the recipe, such as "weights custom:<12 digits>" for weights that are not the published ones. */
  readonly note?: string
}

/**
 * Features of Inception v3 as torch-fidelity, pytorch-fid or torchmetrics compute them from the same weights, on any
 * TensorFlow.js backend. Images of any size; gray is repeated.
 * @param state of pt_inception-2015-12-05-6726825d.pth: readPyTorch of @ifnormal/weights, or `onnxState` of an ONNX file
 * that kept PyTorch's names
 * @throws CheckpointError "weights-tensor"
 */
export function inceptionExtractor(state: StateDict, options: InceptionOptions = {}): FeatureExtractor {
  const { recipe = "torch-fidelity", dimensions = 2048, batch = 32 } = options
  const network = inceptionNetwork(state, dimensions)
  const preprocessing = inceptionPreprocessing[recipe]
  const notes = [dimensions !== 2048 && `${dimensions} features`, options.note].filter(Boolean)
  return networkExtractor({
    recipe: [recipe, ...notes].join(", "),
    dimensions,
    id: `inception:${recipe}:${dimensions}:${options.weightsHash ?? stateHash(state)}`,
    preprocessing,
    batch,
    run: tensorRun(preprocessing.size, network.apply),
    dispose: network.dispose,
  })
}
