// Values and gradients that PyTorch has (tools/reference/gradients.py), on this backend with all passes and with none, and
// on the cpu backend where tfjs-core and it are right.
import { afterAll, describe, test } from "vitest"
import { expectClose, type GoldenCase, wave } from "../../core/test/golden.js"
import { expectGoldenLayer, layerNames } from "../../core/test/layers.js"
import { setOptions } from "../src/options.js"
import { passNames } from "../src/passes/index.js"
import golden from "./gradients.golden.json" with { type: "json" }
import { tf } from "./support.js"

// biome-ignore lint/suspicious/noExplicitAny: one signature for functions of many
type Run = (...inputs: any[]) => tf.Tensor

const nearest =
  (height: number, width: number, half = false): Run =>
  (x) =>
    tf.image.resizeNearestNeighbor(x, [height, width], false, half)

const bilinear =
  (height: number, width: number, align: boolean): Run =>
  (x) =>
    tf.image.resizeBilinear(x, [height, width], align, !align)

const tiles: Run = (x) => tf.maxPool(x, 2, 2, "valid")
const dilated: Run = (x, filter) => tf.conv2d(x, filter, 1, "same", "NHWC", 2)

const functions: Readonly<Record<keyof typeof golden.cases, Run>> = {
  "conv2dTranspose, kernel 4, stride 2, pad 1": (x, w) => tf.conv2dTranspose(x, w, [2, 6, 8, 2], 2, 1),
  "conv2dTranspose, kernel 3, stride 2, pad 1, one more row": (x, w) =>
    tf.conv2dTranspose(x, w, [1, 6, 6, 3], 2, 1, "floor"),
  "conv2dTranspose, stride 1, 16 channels": (x, w) => tf.conv2dTranspose(x, w, [2, 3, 3, 16], 1, "same"),
  "depthwiseConv2d, pad 1": (x, w) => tf.depthwiseConv2d(x, w, 1, 1),
  "depthwiseConv2d, stride 2, two filters a channel": (x, w) => tf.depthwiseConv2d(x, w, 2, 1),
  "depthwiseConv2d, 16 channels": (x, w) => tf.depthwiseConv2d(x, w, 1, "same"),
  "conv2d, dilation 2": dilated,
  "conv2d, dilation 2, 16 channels": dilated,
  "maxPool, tiles with ties": tiles,
  "maxPool, tiles with ties, 16 channels": tiles,
  "maxPool, overlapping with ties": (x) => tf.maxPool(x, 3, 2, 1),
  "avgPool, pad 1": (x) => tf.avgPool(x, 3, 2, 1, "floor"),
  "resizeNearestNeighbor, doubled": nearest(4, 6),
  "resizeNearestNeighbor, doubled, 16 channels": nearest(4, 6),
  "resizeNearestNeighbor, 3x4 to 5x7": nearest(5, 7),
  "resizeNearestNeighbor, half-pixel centers, 3x4 to 5x7": nearest(5, 7, true),
  "resizeBilinear, half-pixel centers, 3x4 to 6x8": bilinear(6, 8, false),
  "resizeBilinear, aligned corners, 3x4 to 6x8": bilinear(6, 8, true),
  "resizeBilinear, half-pixel centers, 3x4 to 5x7": bilinear(5, 7, false),
  "resizeBilinear, aligned corners, 3x4 to 5x7": bilinear(5, 7, true),
  "resizeBilinear, half-pixel centers, 3x4 to 2x3": bilinear(2, 3, false),
  "resizeBilinear, aligned corners, 3x4 to 2x3": bilinear(2, 3, true),
  "mirrorPad, reflect": (x) =>
    tf.mirrorPad(
      x,
      [
        [0, 0],
        [2, 1],
        [1, 2],
        [0, 0],
      ],
      "reflect",
    ),
  leakyRelu: (x) => tf.leakyRelu(x, 0.2),
  "prelu, one slope a channel": (x, alpha) => tf.prelu(x, alpha),
  elu: (x) => tf.elu(x),
  selu: (x) => tf.selu(x),
  softplus: (x) => tf.softplus(x),
  erf: (x) => tf.erf(x),
  "maximum with a row": (a, b) => tf.maximum(a, b),
  "minimum with a scalar": (a, b) => tf.minimum(a, b),
  "cumsum over the first axis": (x) => tf.cumsum(x, 0),
  "prod over the last axis, with a zero": (x) => tf.prod(x, -1),
  softmax: (x) => tf.softmax(x),
  logSoftmax: (x) => tf.logSoftmax(x),
  logSumExp: (x) => tf.logSumExp(x, 1),
  "matMul of batches, second transposed": (a, b) => tf.matMul(a, b, false, true),
  localResponseNormalization: (x) => tf.localResponseNormalization(x, 2, 1, 1, 0.75),
}

/** Wrong in the gradient kernels of tfjs-backend-cpu 4.22 (nearest: batch above 1). */
const wrongOnCpu = /^resize/

function check(name: keyof typeof functions): void {
  const expected: GoldenCase = golden.cases[name]
  tf.tidy(() => {
    const inputs = Object.values(expected.inputs).map(wave)
    const { value, grads } = tf.valueAndGrads(functions[name])(inputs, wave(expected.dy))
    expectClose(value.dataSync(), expected.value, "value")
    Object.entries(expected.gradients).forEach(([key, gradient], i) => {
      expectClose(grads[i]!.dataSync(), gradient, `gradient of ${key}`)
    })
  })
}

const names = Object.keys(functions) as (keyof typeof functions)[]

afterAll(() => setOptions({ disablePasses: [] }))

describe.each([
  ["all passes", []],
  ["no passes", passNames],
])("ort with %s", (_, disablePasses) => {
  test.each(names)("%s", async (name) => {
    setOptions({ disablePasses })
    await tf.setBackend("ort")
    check(name)
  })

  test.each(layerNames)("layer: %s", async (name) => {
    setOptions({ disablePasses })
    await tf.setBackend("ort")
    expectGoldenLayer(name)
  })
})

// After ort, whose gradients are in place for all backends from then on.
describe("cpu", () => {
  test.each(names.filter((name) => !wrongOnCpu.test(name)))("%s", async (name) => {
    await tf.setBackend("cpu")
    check(name)
  })
})
