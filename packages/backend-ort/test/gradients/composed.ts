import * as tf from "@tensorflow/tfjs-core"
import { type GradientCase, spread } from "./case.js"

const activations = ["linear", "relu", "relu6", "elu", "leakyrelu"] as const

/** Sums of eighteen products come near 0 somewhere. */
const kink = (activation: string): Partial<GradientCase> =>
  activation.endsWith("relu") || activation === "relu6"
    ? { withoutDifferences: "a step crosses the kink" }
    : {}

const sameConv = { strides: 1 as const, pad: "same" as const }

/** Functions of tfjs-core with a gradient of their own (customGrad), which no registry lists. */
export const composed: Readonly<Record<string, readonly GradientCase[]>> = {
  "fused.conv2d": activations.map((activation) => ({
    name: activation,
    inputs: [spread([2, 3, 3, 2]), spread([3, 3, 2, 3], -1, 1), spread([3], -1, 1)],
    run: (x: tf.Tensor4D, filter: tf.Tensor4D, bias: tf.Tensor1D) =>
      tf.fused.conv2d({ x, filter, bias, activation, leakyreluAlpha: 0.1, ...sameConv }),
    ...kink(activation),
  })),
  "fused.depthwiseConv2d": activations.map((activation) => ({
    name: activation,
    inputs: [spread([1, 3, 3, 2]), spread([3, 3, 2, 1], -1, 1), spread([2], -1, 1)],
    run: (x: tf.Tensor4D, filter: tf.Tensor4D, bias: tf.Tensor1D) =>
      tf.fused.depthwiseConv2d({ x, filter, bias, activation, leakyreluAlpha: 0.1, ...sameConv }),
  })),
  "fused.matMul": activations.map((activation) => ({
    name: activation,
    inputs: [spread([2, 3]), spread([3, 4], -1, 1), spread([4], -1, 1)],
    run: (a: tf.Tensor2D, b: tf.Tensor2D, bias: tf.Tensor1D) =>
      tf.fused.matMul({ a, b, bias, activation, leakyreluAlpha: 0.1 }),
  })),
  logSoftmax: [
    { name: "rows", inputs: [spread([3, 4])], run: (x) => tf.logSoftmax(x) },
    { name: "one row", inputs: [spread([5])], run: (x) => tf.logSoftmax(x) },
    { name: "rank 3", inputs: [spread([2, 2, 3])], run: (x) => tf.logSoftmax(x) },
  ],
  logSigmoid: [{ name: "rank 2", inputs: [spread([3, 4], -4, 4)], run: (x) => tf.logSigmoid(x) }],
  "losses.softmaxCrossEntropy": [
    {
      name: "label smoothing",
      inputs: [spread([3, 4])],
      run: (logits) =>
        tf.losses.softmaxCrossEntropy(tf.oneHot(tf.tensor1d([1, 3, 0], "int32"), 4), logits, undefined, 0.1),
    },
  ],
  "losses.sigmoidCrossEntropy": [
    {
      name: "weights",
      inputs: [spread([3, 2], -3, 3)],
      run: (logits) =>
        tf.losses.sigmoidCrossEntropy(
          tf.tensor2d([1, 0, 0, 1, 1, 0], [3, 2]),
          logits,
          tf.tensor2d([1, 2, 0.5], [3, 1]),
        ),
    },
  ],
}
