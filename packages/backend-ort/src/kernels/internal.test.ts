import { beforeEach, expect, test } from "vitest"
import { difference, evaluate, numbers, tf } from "../../test/support.js"
import { setOptions } from "../index.js"

beforeEach(() => setOptions({ strict: true, verify: false, block: "probe", disablePasses: [] }))

// 32 channels fill whole blocks of either size; whole numbers from -2 to 2 make most windows tie.
const tied = () => numbers([2, 6, 10, 32], 5).round() as tf.Tensor4D

test.each([2, 3] as const)("max-pooling by %i x %i gives the gradient to the first maximum", async (size) => {
  const run = () => {
    const [height, width] = [Math.floor(6 / size), Math.floor(10 / size)]
    const x = tied().slice([0, 0, 0, 0], [2, height * size, width * size, 32]) as tf.Tensor4D
    const weights = numbers([2, height, width, 32], 6)
    // A product before the pooling, so that the values are in the blocked layout where the machine has one.
    const filter = tf.eye(32).reshape([1, 1, 32, 32]) as tf.Tensor4D
    return tf.grad((v) =>
      tf
        .maxPool(tf.conv2d(v as tf.Tensor4D, filter, 1, "same"), size, size, "valid")
        .mul(weights)
        .sum(),
    )(x)
  }
  const [ours] = await evaluate("ort", run)
  const [reference] = await evaluate("cpu", run)
  expect(difference(ours!.values, reference!.values)).toBe(0)
})

test.each([
  ["relu", (x: tf.Tensor) => tf.relu(x)],
  ["leakyRelu", (x: tf.Tensor) => tf.leakyRelu(x, 0.2)],
  ["leakyRelu with slope 0", (x: tf.Tensor) => tf.leakyRelu(x, 0)],
  ["leakyRelu with slope 2", (x: tf.Tensor) => tf.leakyRelu(x, 2)],
] as const)("the mask of %s is exact at 0 and for small and large values", async (_, activation) => {
  const run = () =>
    tf.grad((x) => activation(x).mul(3).sum())(tf.tensor1d([-1e30, -1, -1e-30, -0, 0, 1e-30, 1, 1e30]))
  const [ours] = await evaluate("ort", run)
  const [reference] = await evaluate("cpu", run)
  expect(ours!.values).toEqual(reference!.values)
})

test.each([
  { kernel: 3, inputs: 16, outputs: 3, width: 28, pad: "same" },
  { kernel: 5, inputs: 32, outputs: 1, width: 12, pad: "same" },
  { kernel: 3, inputs: 3, outputs: 6, width: 10, pad: "valid" },
  { kernel: 3, inputs: 16, outputs: 4, width: 7, pad: "same" },
] as const)("a convolution with few outputs, and the gradient of one with few inputs: %o", async (c) => {
  const run = () => {
    const x = numbers([2, 6, c.width, c.inputs], 1) as tf.Tensor4D
    const filter = numbers([c.kernel, c.kernel, c.inputs, c.outputs], 2) as tf.Tensor4D
    const y = tf.conv2d(x, filter, 1, c.pad)
    const image = numbers([2, 6, c.width, c.outputs], 3) as tf.Tensor4D
    const back = numbers([c.kernel, c.kernel, c.outputs, c.inputs], 4) as tf.Tensor4D
    const made = tf.conv2d(image, back, 1, c.pad)
    const weights = numbers(made.shape, 5)
    const gradient = tf.grad((v) =>
      tf
        .conv2d(v as tf.Tensor4D, back, 1, c.pad)
        .mul(weights)
        .sum(),
    )(image)
    return [y, gradient]
  }
  const ours = await evaluate("ort", run)
  const reference = await evaluate("cpu", run)
  // Sums of up to 800 float32 products.
  for (const [i, { values }] of reference.entries())
    expect(difference(ours[i]!.values, values)).toBeLessThan(1e-5)
})
