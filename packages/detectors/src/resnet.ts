import { batchNorm, conv, type ImageShape, type Mode, ShapeError, type Variables } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import type { Encoder } from "./encoder.js"

/** Smallest side: the last stage then has one cell. */
const SMALLEST = 32

/**
 * The layout of ResNet-18 (He et al. 2016): conv 7x7 stride 2, max-pool, four stages of two basic blocks with `width`, 2,
 * 4 and 8 times `width` channels, global mean. eoe's network for ImageNet and MVTec has the same layout at width 64, with
 * attention (CBAM) in each block and its own first weights; see docs/decisions/0009.
 * @throws ShapeError "detector-shape" for images below 32 px
 */
export function resnet(variables: Variables, shape: ImageShape, width: number, detector: string): Encoder {
  if (Math.min(shape[0], shape[1]) < SMALLEST)
    throw new ShapeError({
      code: "detector-shape",
      message: `Images are ${shape[0]} x ${shape[1]}; detector "${detector}" with encoder "resnet" expects at least ${SMALLEST} px.`,
      next: 'Use encoder "cnn28" or "cnn32" for small images.',
    })
  const stem = conv(variables, "conv1", { in: shape[2], out: width, kernel: 7, stride: 2, bias: false })
  const norm = batchNorm(variables, "norm1", width)
  const blocks = [0, 1, 2, 3].flatMap((stage) =>
    [0, 1].map((i) => {
      const out = width * 2 ** stage
      const first = i === 0 && stage > 0
      return block(variables.scope(`stage${stage + 1}/block${i + 1}`), first ? out / 2 : out, out)
    }),
  )
  return {
    size: 8 * width,
    encode(x, mode) {
      const start = tf.maxPool(tf.relu(norm(stem(x), mode)), 3, 2, "same")
      return blocks.reduce((y, run) => run(y, mode), start).mean<tf.Tensor2D>([1, 2])
    },
  }
}

/** Two 3x3 convolutions around a shortcut; where channels double, both begin with stride 2. */
function block(
  variables: Variables,
  input: number,
  out: number,
): (x: tf.Tensor4D, mode: Mode) => tf.Tensor4D {
  const halves = input !== out
  const stride = halves ? 2 : 1
  const conv1 = conv(variables, "conv1", { in: input, out, kernel: 3, stride, bias: false })
  const norm1 = batchNorm(variables, "norm1", out)
  const conv2 = conv(variables, "conv2", { in: out, out, kernel: 3, bias: false })
  const norm2 = batchNorm(variables, "norm2", out)
  const project = halves
    ? conv(variables, "shortcut", { in: input, out, kernel: 1, stride, bias: false })
    : undefined
  const norm = halves ? batchNorm(variables, "shortcut/norm", out) : undefined
  return (x, mode) => {
    const y = norm2(conv2(tf.relu(norm1(conv1(x), mode))), mode)
    const shortcut = project && norm ? norm(project(x), mode) : x
    return tf.relu(y.add<tf.Tensor4D>(shortcut))
  }
}
