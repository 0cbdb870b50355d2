import * as tf from "@tensorflow/tfjs-core"
import type { ObjectiveOptions } from "../objective/objective.js"
import { normals, type RandomStream, stream } from "../random.js"
import type { ConceptView, CounterfactualNetworks } from "./networks.js"

/** The random numbers of one step, the same for the same (seed, step). */
export interface Draws {
  /** [batch] target scores; meaningless where `identity` or `flip` is 1. */
  readonly alpha: tf.Tensor1D
  /** [batch] 1 where alpha is to be phi(x). */
  readonly identity: tf.Tensor1D
  /** [batch] 1 where alpha is to be the end that phi(x) is farther from. */
  readonly flip: tf.Tensor1D
  /** [batch, K] one-hot. */
  readonly concept: tf.Tensor2D
  readonly view: ConceptView
}

/**
 * Draws alpha and k of each image, and how R sees each pair.
 * @param batch number of rows: K copies of the images in order where concepts are paired
 * @param pairs number of pairs that R sees
 */
export function draw(
  networks: CounterfactualNetworks,
  objective: ObjectiveOptions,
  size: { readonly batch: number; readonly pairs: number; readonly seed: number; readonly step: number },
): Draws {
  const { batch, pairs, seed, step } = size
  const copies = objective.pairConcepts ? networks.concepts : 1
  const images = batch / copies
  const alpha = new Float32Array(batch)
  const identity = new Float32Array(batch)
  const flip = new Float32Array(batch)
  const concept = new Float32Array(batch * networks.concepts)
  const alphas = stream(seed, "alpha", step)
  const concepts = stream(seed, "concept", step)
  const { zero, one, identity: same, flip: other } = objective.alpha
  for (let image = 0; image < images; image++) {
    const kind = alphas.uniform()
    const uniform = alphas.uniform()
    const target = kind < zero ? 0 : kind < zero + one ? 1 : uniform
    const keeps = kind >= zero + one && kind < zero + one + same
    const flips = kind >= zero + one + same && kind < zero + one + same + other
    const first = concepts.int(networks.concepts)
    for (let copy = 0; copy < copies; copy++) {
      const row = copy * images + image
      alpha[row] = target
      identity[row] = keeps ? 1 : 0
      flip[row] = flips ? 1 : 0
      concept[row * networks.concepts + ((first + copy) % networks.concepts)] = 1
    }
  }
  return {
    alpha: tf.tensor1d(alpha),
    identity: tf.tensor1d(identity),
    flip: tf.tensor1d(flip),
    concept: tf.tensor2d(concept, [batch, networks.concepts]),
    view: drawView(networks, pairs, seed, step),
  }
}

function drawView(networks: CounterfactualNetworks, pairs: number, seed: number, step: number): ConceptView {
  const shape = networks.noiseShape(pairs)
  const noise = shape && normals(stream(seed, "noise", step), shape[0] * shape[1] * shape[2] * shape[3])
  const channels = networks.permutesChannels ? networks.inputShape[2] : 0
  const matrices = new Float32Array(pairs * channels * channels)
  const random = stream(seed, "channels", step)
  for (let pair = 0; pair < pairs && channels > 0; pair++)
    permutation(channels, random).forEach((to, from) => {
      matrices[(pair * channels + from) * channels + to] = 1
    })
  return {
    ...(noise && shape ? { noise: tf.tensor4d(noise, [...shape]) } : {}),
    ...(channels > 0 ? { channels: tf.tensor3d(matrices, [pairs, channels, channels]) } : {}),
  }
}

/** Fisher and Yates: every order equally likely. */
function permutation(n: number, random: RandomStream): number[] {
  const order = Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = random.int(i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}
