import type * as tf from "@tensorflow/tfjs-core"
import type { Explanation } from "../contract/explanation.js"
import { counterfactuals, type Model, type StampOptions } from "./explain.js"

export interface TraverseOptions extends StampOptions {
  /** Target scores in [0, 1]. Default from 1 down to 0 in steps of 0.1. */
  readonly alphas?: readonly number[]
  /** Concepts in 0..K-1. Default all. */
  readonly concepts?: readonly number[]
}

/**
 * The film strip: counterfactuals of every image over a row of target scores, each stamped for its own target.
 * @param images [n, height, width, channels] in [0, 1]
 * @returns one explanation per image, its counterfactuals by concept, then in the order of `alphas`
 * @throws as `explain`
 */
export async function traverse(
  images: tf.Tensor4D,
  model: Model,
  options: TraverseOptions = {},
): Promise<Explanation[]> {
  const { alphas = Array.from({ length: 11 }, (_, i) => (10 - i) / 10), ...rest } = options
  return counterfactuals(images, model, { ...rest, alphas })
}
