import type { StateDict } from "@ifnormal/weights"
import * as tf from "@tensorflow/tfjs-core"
import {
  inputRecipe,
  type LpipsInput,
  refuseRange,
  refuseShapes,
  trunkInput,
  upsampledSize,
} from "./input.js"
import { linearLayers } from "./linear.js"
import { createTrunk } from "./network.js"
import type { LpipsTrunk } from "./trunks.js"

/** LPIPS of pairs of images. 0 for equal images; there is no upper bound, values above 1 are rare. */
export interface LpipsDistances {
  /** [batch] */
  readonly values: Float64Array
  /** One [batch] per tap of the trunk; they add up to `values`. */
  readonly layers: readonly Float64Array[]
  /** Such as "LPIPS v0.1 alex (richzhang), input 64x64"; weights that are not the published ones are named. */
  readonly recipe: string
}

/** The perceptual distance of Zhang et al. 2018, version 0.1, with one trunk. */
export interface Lpips {
  readonly trunk: LpipsTrunk
  /**
   * As tensors, differentiable with respect to both images, for a loss. The values' range is taken as stated.
   * @param a,b [batch, height, width, 1 or 3]; gray is repeated to RGB
   * @returns [batch, taps]; its sum over the taps is the distance
   * @throws ShapeError "lpips-shape", "lpips-size"; ConfigError "lpips-upsample"
   */
  layers(a: tf.Tensor4D, b: tf.Tensor4D, input: LpipsInput): tf.Tensor2D
  /**
   * Numbers, computed in parts of bounded memory, with values outside the stated range refused.
   * @param a,b [batch, height, width, 1 or 3]; gray is repeated to RGB
   * @throws as `layers`; DataError "lpips-range"
   */
  distances(a: tf.Tensor4D, b: tf.Tensor4D, input: LpipsInput): Promise<LpipsDistances>
  dispose(): void
}

/** Pixels of one part of a batch: 64 pairs of 64x64. VGG then needs about 130 MB for its widest features. */
const PART_PIXELS = 2 ** 18

/**
 * LPIPS v0.1 exactly as the package lpips 0.1.4 of its authors (richzhang/PerceptualSimilarity): scaling layer, features
 * divided by norm + 1e-10, squared differences, linear heads without bias, mean over pixels, sum over layers. (torchmetrics
 * divides by sqrt(1e-8 + sum of squares) and differs slightly.) The linear weights come with this package.
 * @param state torchvision's weights of the trunk ("features.0.weight" ...)
 * @param weights what the recipe calls weights that are not the published ones, such as "custom:0123456789ab"
 * @throws CheckpointError "weights-tensor"
 */
export function createLpips(trunk: LpipsTrunk, state: StateDict, weights?: string): Lpips {
  const network = createTrunk(trunk, state)
  const heads = linearLayers(trunk).map((weights) => tf.keep(tf.tensor1d(weights)))
  const name = `LPIPS v0.1 ${trunk} (richzhang)${weights === undefined ? "" : `, trunk weights ${weights}`}`

  const layers: Lpips["layers"] = (a, b, input) => {
    refuseShapes(trunk, a.shape, b.shape, input.upsample)
    return tf.tidy(() => {
      const both = tf.concat([a, b].map((images) => trunkInput(images, input)))
      return tf.stack(
        network.features(both).map((features, l) => {
          const [of, and] = tf.split(unit(features), 2)
          return tf.mean(tf.sum(tf.mul(tf.squaredDifference(of!, and!), heads[l]!), 3), [1, 2])
        }),
        1,
      ) as tf.Tensor2D
    })
  }

  return {
    trunk,
    layers,
    async distances(a, b, input) {
      refuseShapes(trunk, a.shape, b.shape, input.upsample)
      const [batch, height, width, channels] = a.shape
      const pixels = await Promise.all([a.data(), b.data()])
      for (const values of pixels) refuseRange(values, input.range, "images")
      const [tall, wide] = upsampledSize([height, width], input.upsample)
      const most = Math.max(1, Math.floor(PART_PIXELS / (tall * wide)))
      // Parts of nearly equal size: the engine compiles one graph for each size.
      const size = Math.ceil(batch / Math.ceil(batch / most))
      const found = heads.map(() => new Float64Array(batch))
      for (let start = 0; start < batch; start += size) {
        const count = Math.min(size, batch - start)
        const part = tf.tidy(() => {
          // From the numbers: a slice would make every part a graph of its own.
          const [x, y] = pixels.map((values) => {
            const image = values.length / batch
            const own = values.subarray(start * image, (start + count) * image)
            return tf.tensor4d(own, [count, height, width, channels], "float32")
          })
          return layers(x!, y!, input)
        })
        const values = await part.data()
        part.dispose()
        for (let i = 0; i < count; i++)
          for (let l = 0; l < heads.length; l++) found[l]![start + i] = values[i * heads.length + l]!
      }
      return {
        values: Float64Array.from({ length: batch }, (_, i) => found.reduce((sum, l) => sum + l[i]!, 0)),
        layers: found,
        recipe: [name, inputRecipe([height, width], input.upsample)].join(", "),
      }
    },
    dispose() {
      network.dispose()
      tf.dispose(heads)
    },
  }
}

/**
 * Features of length 1 at every pixel: f / (norm + 1e-10). The 1e-30 under the root keeps the gradient finite where all
 * channels are 0, and changes no norm above 1e-12.
 */
function unit(features: tf.Tensor4D): tf.Tensor4D {
  const norm = tf.sqrt(tf.add(tf.sum(tf.square(features), 3, true), 1e-30))
  return tf.div(features, tf.add(norm, 1e-10))
}
