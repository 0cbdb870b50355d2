import { sha256 } from "@ifnormal/core"
import type * as tf from "@tensorflow/tfjs-core"
import { type CustomInput, customId, customPreprocessing, customRecipe } from "./custom.js"
import type { FeatureExtractor } from "./extractor.js"
import { networkExtractor } from "./network-extractor.js"
import { tensorRun } from "./tensor-run.js"

export interface FunctionOptions extends CustomInput {
  /** Names the function and its weights: another name, another recipe. A function has no content to hash. */
  readonly name: string
  readonly size: readonly [height: number, width: number]
  readonly dimensions: number
  /** Images at once, default 64. */
  readonly batch?: number
}

/**
 * Features by a function of one's own.
 * @param network [batch, ...size, 3] to [batch, dimensions]; pure, as `compiled` of core asks
 */
export function functionExtractor(
  network: (images: tf.Tensor4D) => tf.Tensor2D,
  options: FunctionOptions,
): FeatureExtractor {
  const { name, size, dimensions, batch = 64 } = options
  const hash = sha256(new TextEncoder().encode(name))
  const preprocessing = customPreprocessing(options, size)
  return networkExtractor({
    recipe: customRecipe(hash, options, preprocessing),
    dimensions,
    id: customId(hash, preprocessing, name),
    preprocessing,
    batch,
    run: tensorRun(size, network),
    dispose() {},
  })
}
