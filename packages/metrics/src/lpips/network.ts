import type { StateDict } from "@ifnormal/weights"
import * as tf from "@tensorflow/tfjs-core"
import { kernel, parameter } from "../trunk/parameters.js"
import { type LpipsTrunk, type PoolLayer, type TrunkLayer, trunkLayers } from "./trunks.js"

/** One convolution's tensors. */
interface Conv {
  readonly kernel: tf.Tensor4D
  readonly bias: tf.Tensor1D
}
type Weights = ReadonlyMap<string, Conv>

/** A trunk with its weights. */
export interface TrunkNetwork {
  /**
   * @param x [batch, height, width, 3], scaled as the trunk was trained
   * @returns features at each tap, [batch, height', width', channels]
   */
  features(x: tf.Tensor4D): tf.Tensor4D[]
  dispose(): void
}

/**
 * Builds a trunk from a state dict with torchvision's names ("features.0.weight"); tensors of the classifier are ignored.
 * @throws CheckpointError "weights-tensor"
 */
export function createTrunk(trunk: LpipsTrunk, state: StateDict): TrunkNetwork {
  const layers = trunkLayers[trunk]
  // tf.keep: a network that is made inside tf.tidy outlives it.
  const weights: Weights = new Map(
    layers.flatMap(convolutions).map(({ name, shape }) => [
      name,
      {
        kernel: tf.keep(kernel(state, `${name}.weight`, shape)),
        bias: tf.keep(tf.tensor1d(parameter(state, `${name}.bias`, [shape[3]]))),
      },
    ]),
  )
  return {
    features(x) {
      const taps: tf.Tensor4D[] = []
      layers.reduce((h, layer) => {
        if (layer.op === "tap") taps.push(h)
        return apply(layer, h, weights)
      }, x)
      return taps
    },
    dispose: () => tf.dispose([...weights.values()].flatMap((conv) => [conv.kernel, conv.bias])),
  }
}

/** Name and shape of every parameter that a trunk reads, in torchvision's order and PyTorch's axes. */
export function trunkParameters(trunk: LpipsTrunk): [name: string, shape: number[]][] {
  return trunkLayers[trunk]
    .flatMap(convolutions)
    .flatMap(({ name, shape: [height, width, inChannels, outChannels] }) => [
      [`${name}.weight`, [outChannels, inChannels, height, width]],
      [`${name}.bias`, [outChannels]],
    ])
}

/** Names and kernel shapes [height, width, in, out] of a layer's convolutions. */
function convolutions(layer: TrunkLayer): { name: string; shape: [number, number, number, number] }[] {
  if (layer.op === "conv")
    return [{ name: layer.name, shape: [layer.size, layer.size, layer.inChannels, layer.outChannels] }]
  if (layer.op !== "fire") return []
  const { name, inChannels, squeeze, expand } = layer
  return [
    { name: `${name}.squeeze`, shape: [1, 1, inChannels, squeeze] },
    { name: `${name}.expand1x1`, shape: [1, 1, squeeze, expand] },
    { name: `${name}.expand3x3`, shape: [3, 3, squeeze, expand] },
  ]
}

function apply(layer: TrunkLayer, x: tf.Tensor4D, weights: Weights): tf.Tensor4D {
  const conv = (h: tf.Tensor4D, name: string, stride: number, pad: number): tf.Tensor4D => {
    const { kernel, bias } = weights.get(name)!
    return tf.relu(tf.add(tf.conv2d(h, kernel, stride, pad), bias) as tf.Tensor4D)
  }
  switch (layer.op) {
    case "conv":
      return conv(x, layer.name, layer.stride, layer.pad)
    case "fire": {
      const h = conv(x, `${layer.name}.squeeze`, 1, 0)
      return tf.concat(
        [conv(h, `${layer.name}.expand1x1`, 1, 0), conv(h, `${layer.name}.expand3x3`, 1, 1)],
        3,
      )
    }
    case "pool":
      return maxPool(x, layer)
    default:
      return x
  }
}

/** What ceil_mode adds is padded with zeros, which change no maximum: the features come from a ReLU. */
function maxPool(x: tf.Tensor4D, { size, ceil }: PoolLayer): tf.Tensor4D {
  const beyond = (side: number) => (ceil ? (side + size) % 2 : 0)
  const [bottom, right] = [beyond(x.shape[1]), beyond(x.shape[2])]
  const padded =
    bottom || right
      ? tf.pad(x, [
          [0, 0],
          [0, bottom],
          [0, right],
          [0, 0],
        ])
      : x
  return tf.maxPool(padded, size, 2, "valid")
}
