/**
 * NaN, infinities, signed zeros, the ends of int32, booleans, empty tensors: as tfjs-backend-cpu has them. Left out, since
 * the cpu backend keeps there what its arrays happen to hold: overflowing int32 products, and arithmetic on two booleans
 * (its booleans can be 2 or 255; here such results are int32).
 */
import { beforeAll, expect, test } from "vitest"
import { setOptions } from "../src/index.js"
import { evaluate, tf } from "./support.js"

type Type = "float32" | "int32" | "bool"

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number
const values: Readonly<Record<Type, readonly number[]>> = {
  float32: [
    0,
    -0,
    1,
    -1,
    2.5,
    -2.5,
    0.5,
    1.5,
    100,
    -100,
    1e-30,
    1e30,
    89,
    -104,
    0.3,
    nan,
    infinity,
    -infinity,
  ],
  int32: [0, 1, -1, 2, 7, -7, 9, -9, 5, 3, -(2 ** 31)],
  bool: [0, 1, 1, 0],
}
const types = Object.keys(values) as Type[]
const all = (dtype: Type) => tf.tensor1d(values[dtype] as number[], dtype)
const call = (name: string, ...args: unknown[]) =>
  (tf as unknown as Record<string, (...args: unknown[]) => tf.Tensor>)[name]!(...args)

const unary = (
  "acos acosh asin asinh atan atanh ceil cos cosh elu erf exp expm1 floor isNaN isFinite isInf leakyRelu log log1p neg " +
  "reciprocal relu relu6 round rsqrt selu sigmoid sign sin sinh sqrt step tan tanh"
).split(" ")
const reductions = "sum prod max min argMax argMin any all logSumExp softmax logSoftmax cumsum cumprod".split(
  " ",
)
const binary = (
  "add sub maximum minimum mod pow floorDiv divNoNan atan2 greater greaterEqual less lessEqual equal notEqual " +
  "logicalAnd logicalOr logicalXor prelu"
).split(" ")
const arithmetic = new Set(["add", "sub", "mod", "pow", "divNoNan"])
// The cpu backend divides integers and fractions in double, where 2^31 is not a float32.
const doubles = new Set(["mod", "floorDiv", "divNoNan", "pow"])

async function expectSame(run: () => tf.Tensor): Promise<void> {
  const expected = await evaluate("cpu", run).catch(() => undefined)
  // tfjs refuses some types.
  if (!expected) return
  const [{ shape, dtype, values: reference }] = expected as [(typeof expected)[number]]
  const [ours] = await evaluate("ort", run)
  expect([ours!.shape, ours!.dtype]).toEqual([shape, dtype])
  const wrong = ours!.values.flatMap((value, i) => {
    const right = reference[i]!
    const close = Math.abs(value - right) <= 2e-5 * Math.abs(right) + 1e-6
    return Object.is(value, right) || value === right || close ? [] : [`[${i}] is ${value}, not ${right}`]
  })
  expect(wrong).toEqual([])
}

beforeAll(() => {
  setOptions({ strict: false, verify: false, disablePasses: [] })
})

test.each(types)("functions of one %s tensor", async (dtype) => {
  for (const name of [...unary, ...reductions]) await expectSame(() => call(name, all(dtype)))
  for (const to of types) await expectSame(() => all(dtype).cast(to))
  await expectSame(() => all(dtype).clipByValue(0, 2))
})

test.each(types.flatMap((a) => types.map((b) => [a, b] as const)))("functions of %s and %s", async (a, b) => {
  for (const name of binary) {
    if (a === "bool" && b === "bool" && arithmetic.has(name)) continue
    if (a !== b && doubles.has(name)) continue
    await expectSame(() => call(name, all(a).expandDims(1), all(b)))
  }
})

test.each(types)("empty %s tensors", async (dtype) => {
  const zeros = (...shape: number[]) => tf.zeros(shape, dtype)
  for (const name of [...unary, ...reductions]) await expectSame(() => call(name, zeros(0, 3)))
  for (const name of ["sum", "prod", "cumsum", "cumprod"])
    for (const axis of [0, 1]) await expectSame(() => call(name, zeros(0, 3), axis))
  for (const name of binary)
    if (dtype !== "bool" || !arithmetic.has(name)) await expectSame(() => call(name, zeros(0, 3), zeros(3)))
  const none = () => tf.tensor1d([], "int32")
  const cases: (() => tf.Tensor)[] = [
    () => tf.matMul(zeros(0, 3), zeros(3, 2)),
    () => tf.matMul(zeros(2, 0), zeros(0, 2)),
    () => tf.concat([zeros(0, 3), zeros(2, 3)]),
    () => tf.stack([zeros(0, 3), zeros(0, 3)]),
    () =>
      zeros(0, 3).pad([
        [1, 1],
        [0, 0],
      ]),
    () => zeros(2, 3).tile([0, 2]),
    () => zeros(0, 3).reverse(0),
    () => zeros(0, 3).transpose(),
    () => zeros(4, 3).gather(none()),
    () => tf.where(tf.zeros([0, 3], "bool"), zeros(0, 3), zeros(0, 3)),
    () => tf.oneHot(none(), 3, 1, 0, dtype),
    () => tf.unsortedSegmentSum(zeros(0, 3), none(), 2),
    () => tf.conv2d(zeros(0, 4, 4, 2) as tf.Tensor4D, tf.zeros([3, 3, 2, 4]), 1, "same"),
  ]
  for (const run of cases) await expectSame(run)
})

test.each(["int32", "bool"] as const)("%s tensors where fractions are usual", async (dtype) => {
  const ones = (...shape: number[]) => tf.ones(shape, dtype)
  const image = () => ones(1, 4, 4, 2) as tf.Tensor4D
  const cases: (() => tf.Tensor)[] = [
    () => tf.conv3d(ones(1, 4, 4, 4, 2) as tf.Tensor5D, ones(3, 3, 3, 2, 2) as tf.Tensor5D, 1, "same"),
    () => tf.maxPool(image(), 2, 2, "same"),
    () => tf.avgPool(image(), 2, 2, "same"),
    () => tf.image.resizeNearestNeighbor(image(), [7, 3]),
    () => tf.image.resizeBilinear(image(), [7, 3]),
    () => tf.topk(all(dtype), 3).values,
    () => tf.topk(all(dtype), 3).indices,
    () => tf.mirrorPad(all(dtype), [[2, 1]], "symmetric"),
    () => tf.localResponseNormalization(image()),
    () => tf.addN([all(dtype), all(dtype)]),
    () => tf.diag(all(dtype)),
    () => tf.stridedSlice(ones(4, 4), [0, 0], [4, 4], [2, 1]),
  ]
  for (const run of cases) await expectSame(run)
})
