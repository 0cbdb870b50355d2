/** Trunk networks of LPIPS: torchvision's AlexNet, VGG-16 and SqueezeNet 1.1. */
export const LPIPS_TRUNKS = ["alex", "vgg", "squeeze"] as const
export type LpipsTrunk = (typeof LPIPS_TRUNKS)[number]

/** A convolution with bias, followed by ReLU. `name` is torchvision's. */
export interface ConvLayer {
  readonly op: "conv"
  readonly name: string
  readonly size: number
  readonly inChannels: number
  readonly outChannels: number
  readonly stride: number
  readonly pad: number
}
/** SqueezeNet's module: a 1x1 convolution to `squeeze` channels, then 1x1 and 3x3 ones to `expand` channels each. */
export interface FireLayer {
  readonly op: "fire"
  readonly name: string
  readonly inChannels: number
  readonly squeeze: number
  readonly expand: number
}
/** Max pooling with stride 2. `ceil` is PyTorch's ceil_mode: the last window may reach one row beyond the image. */
export interface PoolLayer {
  readonly op: "pool"
  readonly size: 2 | 3
  readonly ceil: boolean
}
/** Here LPIPS reads features. */
export interface TapLayer {
  readonly op: "tap"
  readonly channels: number
}
export type TrunkLayer = ConvLayer | FireLayer | PoolLayer | TapLayer

const conv = (index: number, inChannels: number, outChannels: number, size = 3, pad = 1, stride = 1) =>
  ({ op: "conv", name: `features.${index}`, size, inChannels, outChannels, stride, pad }) as const
const fire = (index: number, inChannels: number, squeeze: number, expand: number) =>
  ({ op: "fire", name: `features.${index}`, inChannels, squeeze, expand }) as const
const pool = (size: 2 | 3, ceil = false) => ({ op: "pool", size, ceil }) as const
const tap = (channels: number) => ({ op: "tap", channels }) as const

/** Layers up to the last features that are read; source: lpips 0.1.4, pretrained_networks.py, and torchvision. */
export const trunkLayers: Readonly<Record<LpipsTrunk, readonly TrunkLayer[]>> = {
  alex: [
    ...[conv(0, 3, 64, 11, 2, 4), tap(64), pool(3)],
    ...[conv(3, 64, 192, 5, 2), tap(192), pool(3)],
    ...[conv(6, 192, 384), tap(384)],
    ...[conv(8, 384, 256), tap(256)],
    ...[conv(10, 256, 256), tap(256)],
  ],
  vgg: [
    ...[conv(0, 3, 64), conv(2, 64, 64), tap(64), pool(2)],
    ...[conv(5, 64, 128), conv(7, 128, 128), tap(128), pool(2)],
    ...[conv(10, 128, 256), conv(12, 256, 256), conv(14, 256, 256), tap(256), pool(2)],
    ...[conv(17, 256, 512), conv(19, 512, 512), conv(21, 512, 512), tap(512), pool(2)],
    ...[conv(24, 512, 512), conv(26, 512, 512), conv(28, 512, 512), tap(512)],
  ],
  squeeze: [
    ...[conv(0, 3, 64, 3, 0, 2), tap(64), pool(3, true)],
    ...[fire(3, 64, 16, 64), fire(4, 128, 16, 64), tap(128), pool(3, true)],
    ...[fire(6, 128, 32, 128), fire(7, 256, 32, 128), tap(256), pool(3, true)],
    ...[fire(9, 256, 48, 192), tap(384)],
    ...[fire(10, 384, 48, 192), tap(384)],
    ...[fire(11, 384, 64, 256), tap(512)],
    ...[fire(12, 512, 64, 256), tap(512)],
  ],
}

/** Channels of the features that LPIPS reads, layer by layer. */
export function tapChannels(trunk: LpipsTrunk): number[] {
  return trunkLayers[trunk].flatMap((layer) => (layer.op === "tap" ? [layer.channels] : []))
}

/** Side of a layer's output for an input of `side`; below 1 where PyTorch refuses. */
function outputSide(layer: TrunkLayer, side: number): number {
  switch (layer.op) {
    case "conv":
      return Math.floor((side + 2 * layer.pad - layer.size) / layer.stride) + 1
    case "pool":
      return Math.floor((side - layer.size + (layer.ceil ? 1 : 0)) / 2) + 1
    default:
      return side
  }
}

/** Smallest height and width that leave at least one pixel at every layer: alex 31, vgg 16, squeeze 17. */
export function minimumSide(trunk: LpipsTrunk): number {
  const fits = (side: number) => {
    let left = side
    return trunkLayers[trunk].every((layer) => (left = outputSide(layer, left)) >= 1)
  }
  let side = 1
  while (!fits(side)) side++
  return side
}
