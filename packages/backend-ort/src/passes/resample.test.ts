import { beforeEach, describe, expect, test } from "vitest"
import { difference, evaluate, numbers, tf } from "../../test/support.js"
import { GraphBuilder } from "../graph.js"
import { setOptions } from "../index.js"
import { resample } from "./resample.js"

beforeEach(() => setOptions({ strict: true, verify: true, block: "probe", disablePasses: [] }))

const average = (x: tf.Tensor, factor: number) => tf.avgPool(x as tf.Tensor4D, factor, factor, "valid")
const enlarge = (x: tf.Tensor, factor: number) =>
  tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [x.shape[1]! * factor, x.shape[2]! * factor])

interface Case {
  readonly kernel: number
  readonly factor: number
  readonly channels: readonly [number, number]
  readonly pad: "same" | "valid"
}
const cases: Case[] = [
  { kernel: 3, factor: 2, channels: [16, 32], pad: "same" },
  { kernel: 3, factor: 2, channels: [3, 5], pad: "same" },
  { kernel: 5, factor: 2, channels: [16, 16], pad: "same" },
  { kernel: 1, factor: 2, channels: [32, 16], pad: "same" },
  { kernel: 1, factor: 3, channels: [4, 4], pad: "valid" },
  { kernel: 2, factor: 2, channels: [8, 8], pad: "same" },
  { kernel: 3, factor: 3, channels: [16, 16], pad: "same" },
  { kernel: 5, factor: 4, channels: [16, 16], pad: "valid" },
]

/** A loss that meets every output with another weight. */
const weighted = (y: tf.Tensor): tf.Scalar => y.mul(numbers(y.shape, 9)).sum() as tf.Scalar

/** Loss and gradients of x, filter and bias. */
function all(loss: (x: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor) => tf.Scalar, size: number, c: Case) {
  return () => {
    const [i, o] = c.channels
    const inputs = [numbers([2, size, size, i], 1), numbers([c.kernel, c.kernel, i, o], 2), numbers([o], 3)]
    const { value, grads } = tf.valueAndGrads(loss)(inputs as [tf.Tensor, tf.Tensor, tf.Tensor])
    return [value, ...grads]
  }
}

async function agrees(run: () => tf.Tensor[]): Promise<void> {
  const rewritten = await evaluate("ort", run)
  setOptions({ disablePasses: ["resample"] })
  const plain = await evaluate("ort", run)
  // float32 sums of up to some thousand terms in another order
  for (const [i, result] of plain.entries())
    expect(difference(rewritten[i]!.values, result.values), `result ${i}`).toBeLessThan(3e-5)
}

describe.each(cases)("kernel $kernel, factor $factor, channels $channels, $pad", (c) => {
  const size = 12 + (c.pad === "valid" ? c.kernel - 1 : 0)

  test("an average of a convolution with bias, and its gradients", () =>
    agrees(
      all(
        (x, w, b) =>
          weighted(average(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, c.pad).add(b), c.factor)),
        size,
        c,
      ),
    ))

  test("a convolution of an enlarged image, and its gradients", () =>
    agrees(
      all(
        (x, w, b) =>
          weighted(tf.conv2d(enlarge(x, c.factor) as tf.Tensor4D, w as tf.Tensor4D, 1, c.pad).add(b)),
        6,
        c,
      ),
    ))
})

const same = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1] } as const
const tiles = { kernel: [2, 2], strides: [2, 2], dilations: [1, 1], pads: [0, 0, 0, 0] } as const

function convolution() {
  const builder = new GraphBuilder()
  const x = builder.add("Input", [], { index: 0 }, [2, 8, 8, 16], "float32")
  const w = builder.add("Input", [], { index: 1 }, [3, 3, 16, 16], "float32")
  const y = builder.add("Conv2D", [x, w], same, [2, 8, 8, 16], "float32")
  return { builder, y, mean: builder.add("AvgPool", [y], tiles, [2, 4, 4, 16], "float32") }
}

test("the average becomes the stride of the convolution", () => {
  const { builder, mean } = convolution()
  const [output] = resample.run({ nodes: builder.nodes, outputs: [mean] }).outputs
  expect(output).toMatchObject({
    op: "Conv2D",
    shape: [2, 4, 4, 16],
    attrs: { kernel: [4, 4], strides: [2, 2] },
  })
})

test("a convolution that something else needs as well stays", () => {
  const { builder, y, mean } = convolution()
  const [output] = resample.run({ nodes: builder.nodes, outputs: [mean, y] }).outputs
  expect(output).toMatchObject({ op: "AvgPool", inputs: [{ op: "Conv2D", shape: [2, 8, 8, 16] }] })
})
