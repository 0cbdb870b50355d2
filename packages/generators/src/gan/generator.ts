import { condition, conditionalBatchNorm, conv, down, type Mode, up, type Variables } from "@ifnormal/core"
import type * as tf from "@tensorflow/tfjs-core"
import type { GanOptions } from "./options.js"

export type GeneratorNetwork = (
  x: tf.Tensor4D,
  alpha: tf.Tensor1D,
  concept: tf.Tensor2D,
  mode: Mode,
) => tf.Tensor4D

type Direction = "down" | "same" | "up"
type Block = (x: tf.Tensor4D, condition: tf.Tensor2D, mode: Mode) => tf.Tensor4D

/**
 * G: residual encoder-decoder with conditional batch norm on (alpha, k), DISSECT's layout at 28 px: two blocks down,
 * one in the middle, two up, no bottleneck vector. Widths are our choice. Only the last convolution has a bias: every
 * other would be taken out by the batch norms behind it.
 * @returns function of images in [-1, 1] [batch, height, width, channels] to such images
 */
export function generatorNetwork(
  variables: Variables,
  channels: number,
  options: GanOptions,
): GeneratorNetwork {
  const { width, concepts } = options
  const first = conv(variables, "in", { in: channels, out: width, kernel: 3, bias: false })
  const block = (name: string, from: number, to: number, direction: Direction): Block =>
    residualBlock(variables.scope(name), from, to, direction, options)
  const blocks = [
    block("down1", width, 2 * width, "down"),
    block("down2", 2 * width, 4 * width, "down"),
    block("middle", 4 * width, 4 * width, "same"),
    block("up1", 4 * width, 2 * width, "up"),
    block("up2", 2 * width, width, "up"),
  ]
  const norm = conditionalBatchNorm(variables, "norm", { channels: width, condition: 2 * concepts })
  const last = conv(variables, "out", { in: width, out: options.blend ? channels + 1 : channels, kernel: 3 })
  return (x, alpha, concept, mode) => {
    const y = condition(alpha, concept)
    let h = first(x)
    for (const apply of blocks) h = apply(h, y, mode)
    const output = last(norm(h, y, mode).relu())
    return options.blend ? blend(x, output, options.blendBias) : output.tanh()
  }
}

/** m x + (1 - m) tanh(drawn), m = sigmoid(last channel + bias). */
function blend(x: tf.Tensor4D, output: tf.Tensor4D, bias: number): tf.Tensor4D {
  const channels = x.shape[3]
  const drawn = output.slice([0, 0, 0, 0], [-1, -1, -1, channels]).tanh<tf.Tensor4D>()
  const mask = output.slice([0, 0, 0, channels], [-1, -1, -1, 1]).add<tf.Tensor4D>(bias).sigmoid()
  return drawn.add(mask.mul(x.sub(drawn))) as tf.Tensor4D
}

function residualBlock(
  variables: Variables,
  from: number,
  to: number,
  direction: Direction,
  { architecture, concepts }: GanOptions,
): Block {
  const inner = architecture === "lite" && direction === "down" ? from : to
  const norm1 = conditionalBatchNorm(variables, "norm1", { channels: from, condition: 2 * concepts })
  const conv1 = conv(variables, "conv1", { in: from, out: inner, kernel: 3, bias: false })
  const norm2 = conditionalBatchNorm(variables, "norm2", { channels: inner, condition: 2 * concepts })
  const conv2 = conv(variables, "conv2", { in: inner, out: to, kernel: 3, bias: false })
  const skip = conv(variables, "skip", { in: from, out: to, kernel: 1, bias: false })
  const shrink = (at: boolean, x: tf.Tensor4D): tf.Tensor4D => (direction === "down" && at ? down(x) : x)
  const grow = (at: boolean, x: tf.Tensor4D): tf.Tensor4D => (direction === "up" && at ? up(x) : x)
  const [early, middle, late] = (["slim", "lite", "full"] as const).map((name) => name === architecture) as [
    boolean,
    boolean,
    boolean,
  ]
  return (x, y, mode) => {
    // "slim" shrinks before the first convolution and grows after it; "lite" shrinks between the two, "full" after.
    let h = norm1(x, y, mode).relu<tf.Tensor4D>()
    h = shrink(early, grow(!early, h))
    h = norm2(conv1(h), y, mode).relu()
    h = shrink(middle, grow(early, h))
    h = shrink(late, conv2(h))
    // A 1x1 convolution commutes with both, so the skip does its work at the lower resolution.
    return h.add(grow(true, skip(shrink(true, x))))
  }
}
