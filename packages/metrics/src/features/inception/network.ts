import type { StateDict } from "@ifnormal/weights"
import * as tf from "@tensorflow/tfjs-core"
import { averagePool, branches, chain, conv, type Layer, maxPool, type Part, type Weights } from "./layers.js"

/** Side of the images that the network sees. */
export const inceptionSize = 299

/** Lengths of the feature vectors that can be had: after the first and second max pool, before and after the last blocks. */
export const inceptionDimensions = [64, 192, 768, 2048] as const
export type InceptionDimensions = (typeof inceptionDimensions)[number]

/** 35x35: 1x1, 5x5, two 3x3 and a pool. */
const blockA = (name: string, pooled: number): Part =>
  branches(
    conv(`${name}.branch1x1`, 64, 1),
    chain(conv(`${name}.branch5x5_1`, 48, 1), conv(`${name}.branch5x5_2`, 64, 5)),
    chain(
      conv(`${name}.branch3x3dbl_1`, 64, 1),
      conv(`${name}.branch3x3dbl_2`, 96, 3),
      conv(`${name}.branch3x3dbl_3`, 96, 3),
    ),
    chain(averagePool, conv(`${name}.branch_pool`, pooled, 1)),
  )

/** 35x35 to 17x17. */
const blockB = (name: string): Part =>
  branches(
    conv(`${name}.branch3x3`, 384, 3, 2),
    chain(
      conv(`${name}.branch3x3dbl_1`, 64, 1),
      conv(`${name}.branch3x3dbl_2`, 96, 3),
      conv(`${name}.branch3x3dbl_3`, 96, 3, 2),
    ),
    maxPool(2),
  )

/** 17x17: 7x7 windows as rows and columns. */
const blockC = (name: string, inner: number): Part =>
  branches(
    conv(`${name}.branch1x1`, 192, 1),
    chain(
      conv(`${name}.branch7x7_1`, inner, 1),
      conv(`${name}.branch7x7_2`, inner, [1, 7]),
      conv(`${name}.branch7x7_3`, 192, [7, 1]),
    ),
    chain(
      conv(`${name}.branch7x7dbl_1`, inner, 1),
      conv(`${name}.branch7x7dbl_2`, inner, [7, 1]),
      conv(`${name}.branch7x7dbl_3`, inner, [1, 7]),
      conv(`${name}.branch7x7dbl_4`, inner, [7, 1]),
      conv(`${name}.branch7x7dbl_5`, 192, [1, 7]),
    ),
    chain(averagePool, conv(`${name}.branch_pool`, 192, 1)),
  )

/** 17x17 to 8x8. */
const blockD = (name: string): Part =>
  branches(
    chain(conv(`${name}.branch3x3_1`, 192, 1), conv(`${name}.branch3x3_2`, 320, 3, 2)),
    chain(
      conv(`${name}.branch7x7x3_1`, 192, 1),
      conv(`${name}.branch7x7x3_2`, 192, [1, 7]),
      conv(`${name}.branch7x7x3_3`, 192, [7, 1]),
      conv(`${name}.branch7x7x3_4`, 192, 3, 2),
    ),
    maxPool(2),
  )

/** 8x8. `pool` differs: the last block of TensorFlow's network takes a maximum where the paper has an average. */
const blockE = (name: string, pool: Part): Part =>
  branches(
    conv(`${name}.branch1x1`, 320, 1),
    chain(
      conv(`${name}.branch3x3_1`, 384, 1),
      branches(conv(`${name}.branch3x3_2a`, 384, [1, 3]), conv(`${name}.branch3x3_2b`, 384, [3, 1])),
    ),
    chain(
      conv(`${name}.branch3x3dbl_1`, 448, 1),
      conv(`${name}.branch3x3dbl_2`, 384, 3),
      branches(conv(`${name}.branch3x3dbl_3a`, 384, [1, 3]), conv(`${name}.branch3x3dbl_3b`, 384, [3, 1])),
    ),
    chain(pool, conv(`${name}.branch_pool`, 192, 1)),
  )

/** From one length of features to the next. */
const stages: Readonly<Record<InceptionDimensions, Part>> = {
  64: chain(
    conv("Conv2d_1a_3x3", 32, 3, 2),
    conv("Conv2d_2a_3x3", 32, 3, 1, "valid"),
    conv("Conv2d_2b_3x3", 64, 3),
    maxPool(2),
  ),
  192: chain(conv("Conv2d_3b_1x1", 80, 1), conv("Conv2d_4a_3x3", 192, 3, 1, "valid"), maxPool(2)),
  768: chain(
    blockA("Mixed_5b", 32),
    blockA("Mixed_5c", 64),
    blockA("Mixed_5d", 64),
    blockB("Mixed_6a"),
    blockC("Mixed_6b", 128),
    blockC("Mixed_6c", 160),
    blockC("Mixed_6d", 160),
    blockC("Mixed_6e", 192),
  ),
  2048: chain(blockD("Mixed_7a"), blockE("Mixed_7b", averagePool), blockE("Mixed_7c", maxPool(1))),
}

/** A network with its weights. */
export interface InceptionNetwork {
  /** [batch, 299, 299, 3] in the scale of the recipe to [batch, dimensions]. */
  apply(images: tf.Tensor4D): tf.Tensor2D
  dispose(): void
}

/**
 * Inception v3 as it is used for FID: TensorFlow's network of 2015 with 1008 classes as pytorch-fid ported it
 * (src/pytorch_fid/inception.py), which is torchvision's without auxiliary head, with average pools that leave the padding
 * out and a max pool in the last block. The classifier at its end is left out.
 * @param state of pt_inception-2015-12-05-6726825d.pth, or one with its names
 * @throws CheckpointError "weights-tensor"
 */
export function inceptionNetwork(state: StateDict, dimensions: InceptionDimensions): InceptionNetwork {
  const weights: Weights = { state, tensors: [] }
  let network: Layer
  try {
    const needed = inceptionDimensions.filter((length) => length <= dimensions)
    network = chain(...needed.map((length) => stages[length]))(3, weights)
  } catch (error) {
    tf.dispose(weights.tensors)
    throw error
  }
  return {
    apply: (images) => tf.tidy(() => tf.mean(network.apply(images), [1, 2]) as tf.Tensor2D),
    dispose: () => tf.dispose(weights.tensors),
  }
}
