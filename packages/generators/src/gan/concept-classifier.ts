import { type ConceptView, conv, type ImageShape, linear, type Variables } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import type { GanOptions } from "./options.js"

export interface ConceptClassifier {
  /** As in core's CounterfactualNetworks.classify; without noise and with the channels as they are at evaluation. */
  classify(from: tf.Tensor4D, to: tf.Tensor4D, direction: tf.Tensor1D, view?: ConceptView): tf.Tensor2D
  noiseShape(batch: number): readonly [number, number, number, number] | undefined
}

/**
 * R: tells from an image and its counterfactual which concept made it. With `conceptView: "coarse"` (a departure from
 * the paper) it sees block averages with noise in training, so that it cannot read marks that no person would see.
 */
export function conceptClassifier(
  variables: Variables,
  shape: ImageShape,
  options: GanOptions,
): ConceptClassifier {
  const [height, columns, channels] = shape
  const coarse = options.conceptView === "coarse"
  const block = coarse ? options.conceptPool : 1
  const rows = Math.floor(height / block)
  const cols = Math.floor(columns / block)
  const depth = options.conceptInput === "pair" ? 2 * channels : channels
  const network = classifierNetwork(variables, [rows, cols, depth], options)
  const see = (x: tf.Tensor4D): tf.Tensor4D => (block > 1 ? tf.avgPool(x, block, block, "valid") : x)
  return {
    classify(from, to, direction, view) {
      const order = (x: tf.Tensor4D): tf.Tensor4D => (view?.channels ? reorder(x, view.channels) : x)
      const a = order(see(from))
      const b = order(see(to))
      const pair =
        options.conceptInput === "pair"
          ? tf.concat([a, b], 3)
          : b.sub<tf.Tensor4D>(a).mul<tf.Tensor4D>(direction.reshape([-1, 1, 1, 1]))
      return network(view?.noise ? pair.add<tf.Tensor4D>(view.noise.mul(options.conceptNoise)) : pair)
    },
    noiseShape: (batch) => (coarse && options.conceptNoise > 0 ? [batch, rows, cols, depth] : undefined),
  }
}

/** Channels of each image in the order of its permutation matrix, [batch, C, C]. */
function reorder(x: tf.Tensor4D, channels: tf.Tensor3D): tf.Tensor4D {
  const [batch, rows, cols, depth] = x.shape
  return tf
    .matMul(x.reshape<tf.Tensor3D>([batch, rows * cols, depth]), channels)
    .reshape([batch, rows, cols, depth])
}

function classifierNetwork(
  variables: Variables,
  [rows, cols, depth]: readonly [number, number, number],
  { conceptNetwork, conceptView, concepts, width }: GanOptions,
): (x: tf.Tensor4D) => tf.Tensor2D {
  const leaky = <T extends tf.Tensor>(x: T): T => tf.leakyRelu(x, 0.2)
  const flat = <T extends tf.Tensor>(x: T): tf.Tensor2D => x.reshape([x.shape[0]!, -1])
  const size = rows * cols * depth
  if (conceptNetwork === "linear") {
    const out = linear(variables, "out", { in: size, out: concepts })
    return (x) => out(flat(x))
  }
  if (conceptNetwork === "mlp") {
    const hidden = linear(variables, "hidden", { in: size, out: 4 * width })
    const out = linear(variables, "out", { in: 4 * width, out: concepts })
    return (x) => out(leaky(hidden(flat(x))))
  }
  const full = conceptView === "full"
  const kernel = full ? { kernel: 4, stride: 2, pad: 1 } : { kernel: 3 }
  const last = full ? 4 * width : 2 * width
  const half = (n: number): number => (full ? Math.floor(Math.floor(n / 2) / 2) : n)
  const conv1 = conv(variables, "conv1", { in: depth, out: 2 * width, ...kernel })
  const conv2 = conv(variables, "conv2", { in: 2 * width, out: last, ...kernel })
  if (conceptNetwork === "pooled") {
    const out = linear(variables, "out", { in: last, out: concepts })
    return (x) => out(leaky(conv2(leaky(conv1(x)))).mean([1, 2]))
  }
  const out = linear(variables, "out", { in: last * half(rows) * half(cols), out: concepts })
  return (x) => out(flat(leaky(conv2(leaky(conv1(x))))))
}
