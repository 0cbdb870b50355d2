import { compiled } from "@ifnormal/core"
import type { StateDict } from "@ifnormal/weights"
import * as tf from "@tensorflow/tfjs-core"
import type { FeatureExtractor } from "./extractor.js"
import { type InceptionDimensions, inceptionNetwork, inceptionSize } from "./inception/network.js"
import { networkExtractor } from "./network-extractor.js"
import { type InceptionRecipe, inceptionPreprocessing } from "./recipes.js"
import { stateHash } from "./state.js"

export interface InceptionOptions {
  /** Default "torch-fidelity", the closest to the original FID. */
  readonly recipe?: InceptionRecipe
  /** Default 2048, which FID means unless it says otherwise. */
  readonly dimensions?: InceptionDimensions
  /** Images at once; default 32, about 1 GB. */
  readonly batch?: number
  /** sha256 of the weights' file, where it is known; default: hashed here, about a second. */
  readonly weightsHash?: string
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
  const apply = compiled((images: tf.Tensor4D) => network.apply(images))
  const hash = options.weightsHash ?? stateHash(state)
  return networkExtractor({
    recipe: dimensions === 2048 ? recipe : `${recipe}, ${dimensions} features`,
    dimensions,
    id: `inception:${recipe}:${dimensions}:${hash}`,
    preprocessing: inceptionPreprocessing[recipe],
    batch,
    async run(images, rows) {
      const input = tf.tensor4d(images, [rows, inceptionSize, inceptionSize, 3])
      const features = tf.tidy(() => apply(input))
      try {
        return (await features.data()) as Float32Array
      } finally {
        tf.dispose([input, features])
      }
    },
    dispose: network.dispose,
  })
}
