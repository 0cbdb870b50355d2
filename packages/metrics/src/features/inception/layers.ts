import type { StateDict } from "@ifnormal/weights"
import * as tf from "@tensorflow/tfjs-core"
import { parameter } from "../../trunk/parameters.js"

/** A part of a network that has its weights. */
export interface Layer {
  /** Channels that it gives. */
  readonly channels: number
  apply(x: tf.Tensor4D): tf.Tensor4D
}

/** A part of a network without weights: given the channels that reach it, and a state dict, it becomes a layer. */
export type Part = (channels: number, weights: Weights) => Layer

/** Where parts find their weights; what they make of them is kept, so that all can be freed. */
export interface Weights {
  readonly state: StateDict
  readonly tensors: tf.Tensor[]
}

/** Inception's batch norms use this instead of 1e-5 (torchvision's BasicConv2d). */
const EPSILON = 1e-3

/**
 * Convolution without bias, batch norm, relu: torchvision's BasicConv2d, with the batch norm folded into kernel and bias
 * in float64.
 * @param size of the kernel, [height, width] or one number for both
 * @param stride 1 pads so that the size stays, 2 does not pad: no other pair is used
 */
export const conv =
  (
    name: string,
    out: number,
    size: number | readonly [number, number],
    stride: 1 | 2 = 1,
    pad?: "valid",
  ): Part =>
  (channels, { state, tensors }) => {
    const [height, width] = typeof size === "number" ? [size, size] : size
    const kernel = parameter(state, `${name}.conv.weight`, [out, channels, height, width])
    const [gamma, beta, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map((key) =>
      parameter(state, `${name}.bn.${key}`, [out]),
    ) as [Float32Array, Float32Array, Float32Array, Float32Array]
    const folded = new Float32Array(kernel.length)
    const shift = new Float32Array(out)
    const positions = height * width
    for (let o = 0; o < out; o++) {
      const scale = gamma[o]! / Math.sqrt(variance[o]! + EPSILON)
      shift[o] = beta[o]! - mean[o]! * scale
      // From PyTorch's [out, in, height, width] to tfjs' [height, width, in, out].
      let from = o * channels * positions
      for (let i = 0; i < channels; i++)
        for (let at = 0; at < positions; at++) folded[(at * channels + i) * out + o] = kernel[from++]! * scale
    }
    const filter = tf.keep(tf.tensor4d(folded, [height, width, channels, out]))
    const bias = tf.keep(tf.tensor1d(shift))
    tensors.push(filter, bias)
    const padding = pad ?? (stride === 1 ? "same" : "valid")
    return {
      channels: out,
      apply: (x) => tf.relu(tf.add(tf.conv2d(x, filter, stride, padding), bias)) as tf.Tensor4D,
    }
  }

/** 3x3 maximum: with stride 2 without padding, with stride 1 padded so that the size stays. */
export const maxPool =
  (stride: 1 | 2): Part =>
  (channels) => ({ channels, apply: (x) => tf.maxPool(x, 3, stride, stride === 1 ? "same" : "valid") })

/** 3x3 average of the pixels inside the image: what the padding adds is not counted. */
export const averagePool: Part = (channels) => ({ channels, apply: (x) => tf.avgPool(x, 3, 1, "same") })

/** One after the other. */
export const chain =
  (...parts: readonly Part[]): Part =>
  (channels, weights) => {
    const layers: Layer[] = []
    for (const part of parts) layers.push(part(layers.at(-1)?.channels ?? channels, weights))
    return {
      channels: layers.at(-1)!.channels,
      apply: (x) => layers.reduce((value, layer) => layer.apply(value), x),
    }
  }

/** Side by side, channels concatenated. */
export const branches =
  (...parts: readonly Part[]): Part =>
  (channels, weights) => {
    const layers = parts.map((part) => part(channels, weights))
    return {
      channels: layers.reduce((sum, layer) => sum + layer.channels, 0),
      apply: (x) =>
        tf.concat(
          layers.map((layer) => layer.apply(x)),
          3,
        ),
    }
  }
