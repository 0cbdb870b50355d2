import { conv, down, linear, type Variables } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import type { GanOptions } from "./options.js"

/**
 * D: residual network with spectral normalization, global sum, one output. With `discriminator: "alpha"` it knows the
 * score: D(x, alpha) = D0(x) + <(1 - alpha) e0 + alpha e1, h(x)>; real pairs are (x, phi(x)). That departs from the
 * paper's D: R^D -> R, which is "unconditional".
 * @returns function of images in [-1, 1] and scores [batch] to [batch]
 */
export function discriminatorNetwork(
  variables: Variables,
  channels: number,
  options: GanOptions,
): (x: tf.Tensor4D, alpha: tf.Tensor1D) => tf.Tensor1D {
  const { width } = options
  const block1 = block(variables.scope("down1"), channels, width, true, options, true)
  const block2 = block(variables.scope("down2"), width, 2 * width, true, options)
  const block3 = block(variables.scope("last"), 2 * width, 4 * width, false, options)
  const out = linear(variables, "out", { in: 4 * width, out: 1, spectral: true })
  const ends =
    options.discriminator === "alpha"
      ? linear(variables, "ends", { in: 4 * width, out: 2, bias: false, spectral: true })
      : undefined
  return (x, alpha) => {
    const n = x.shape[0]
    const h = block3(block2(block1(x)))
      .relu()
      .sum<tf.Tensor2D>([1, 2])
    const score = out(h).reshape<tf.Tensor1D>([n])
    if (!ends) return score
    const mix = tf.stack([tf.sub(1, alpha), alpha], 1)
    return score.add<tf.Tensor1D>(ends(h).mul(mix).sum(1))
  }
}

function block(
  variables: Variables,
  from: number,
  to: number,
  shrink: boolean,
  { architecture }: GanOptions,
  first = false,
): (x: tf.Tensor4D) => tf.Tensor4D {
  const lite = architecture !== "full"
  const inner = lite && shrink && !first ? from : to
  const conv1 = conv(variables, "conv1", { in: from, out: inner, kernel: 3, spectral: true })
  const conv2 = conv(variables, "conv2", { in: inner, out: to, kernel: 3, spectral: true })
  const skip = conv(variables, "skip", { in: from, out: to, kernel: 1, spectral: true })
  return (x) => {
    const h = conv1(first ? x : x.relu()).relu<tf.Tensor4D>()
    const rest = skip(shrink ? down(x) : x)
    if (!shrink) return conv2(h).add(rest)
    return (lite ? conv2(down(h)) : down(conv2(h))).add(rest)
  }
}
