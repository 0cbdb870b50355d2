import * as tf from "@tensorflow/tfjs-core"
import { type GradientCase, spread } from "./case.js"

// biome-ignore lint/suspicious/noExplicitAny: one signature for functions of many
type Unary = (x: any) => tf.Tensor

const unary = (run: Unary, from = -2, to = 2, more: Partial<GradientCase> = {}): readonly GradientCase[] => [
  { name: `values in ${from} to ${to}`, inputs: [spread([3, 4], from, to)], run, ...more },
  { name: "scalar", inputs: [spread([], from, to + (to - from) / 4)], run, ...more },
]

const pairs: readonly (readonly [number[], number[]])[] = [
  [
    [3, 4],
    [3, 4],
  ],
  [[2, 3, 4], [4]],
  [
    [2, 1, 4],
    [3, 1],
  ],
  [[], [2, 3]],
  [[2, 2, 2, 2], []],
]

// biome-ignore lint/suspicious/noExplicitAny: one signature for functions of many
type Binary = (a: any, b: any) => tf.Tensor

type Ranges = readonly [fromA: number, toA: number, fromB: number, toB: number]

const binary = (
  run: Binary,
  [fromA, toA, fromB, toB]: Ranges = [-2, 2, -1.9, 2.3],
  more: Partial<GradientCase> = {},
): readonly GradientCase[] =>
  pairs.map(([a, b]) => ({
    name: `[${a}] with [${b}]`,
    inputs: [spread(a, fromA, toA), spread(b, fromB, toB)],
    run,
    ...more,
  }))

/** tfjs-core 4.22 does not sum these over the axes that were broadcast, and throws. */
const unreduced = (list: readonly GradientCase[]): readonly GradientCase[] =>
  list.map((c, i) => (i === 0 ? c : { ...c, withoutCpu: "not summed over the broadcast axes" }))

/** Away from equal operands, where maximum and minimum have a kink. */
const apart: Ranges = [-2, 2, -1.87, 2.19]

export const elementwise: Readonly<Record<string, readonly GradientCase[]>> = {
  Abs: unary(tf.abs),
  Acos: unary(tf.acos, -0.8, 0.8),
  Acosh: unary(tf.acosh, 1.3, 3),
  Asin: unary(tf.asin, -0.8, 0.8),
  Asinh: unary(tf.asinh),
  Atan: unary(tf.atan),
  Atanh: unary(tf.atanh, -0.8, 0.8),
  Cast: [
    {
      name: "to the same type",
      inputs: [spread([3, 4])],
      run: (x) => tf.cast(x, "float32"),
    },
    {
      name: "float32 to int32 and back",
      inputs: [spread([3, 4])],
      run: (x) => tf.cast(tf.cast(x, "int32"), "float32"),
      withoutDifferences: "tfjs passes dy straight through the rounding",
    },
  ],
  Ceil: unary(tf.ceil, -2.1, 2.2),
  ClipByValue: unary((x) => tf.clipByValue(x, -1, 0.7)),
  Cos: unary(tf.cos),
  Cosh: unary(tf.cosh),
  Elu: unary(tf.elu),
  Erf: unary(tf.erf),
  Exp: unary(tf.exp),
  Expm1: unary(tf.expm1),
  Floor: unary(tf.floor, -2.1, 2.2),
  Identity: unary(tf.clone),
  IsFinite: unary(tf.isFinite),
  IsInf: unary(tf.isInf),
  IsNan: unary(tf.isNaN),
  LeakyRelu: [...unary((x) => tf.leakyRelu(x, 0.01)), ...unary((x) => tf.leakyRelu(x, 0.3))],
  Log: unary(tf.log, 0.3, 3),
  Log1p: unary(tf.log1p, -0.6, 2),
  Neg: unary(tf.neg),
  OnesLike: unary(tf.onesLike),
  Reciprocal: unary(tf.reciprocal, 0.5, 2),
  Relu: unary(tf.relu),
  Relu6: unary(tf.relu6, -2, 9),
  Round: unary(tf.round, -2.3, 2.3),
  Rsqrt: unary(tf.rsqrt, 0.5, 2),
  Selu: unary(tf.selu),
  Sigmoid: unary(tf.sigmoid, -4, 4),
  Sign: unary(tf.sign),
  Sin: unary(tf.sin),
  Sinh: unary(tf.sinh),
  Softplus: unary(tf.softplus, -4, 4),
  Sqrt: unary(tf.sqrt, 0.3, 3),
  Square: unary(tf.square),
  Step: unary((x) => tf.step(x, 0.2)),
  Tan: unary(tf.tan, -1, 1),
  Tanh: unary(tf.tanh),
  ZerosLike: unary(tf.zerosLike),

  Add: binary(tf.add),
  AddN: [
    {
      name: "three tensors",
      inputs: [spread([2, 3]), spread([2, 3], -1, 1), spread([2, 3], 0, 3)],
      run: (a, b, c) => tf.addN([a, b, c]),
    },
  ],
  Atan2: binary(tf.atan2, [0.2, 2, 0.3, 2]),
  FloorDiv: binary(tf.floorDiv, [-2, 2, 0.5, 2], { withoutDifferences: "tfjs gives the gradient of a / b" }),
  GreaterEqual: binary(tf.greaterEqual, apart),
  Maximum: unreduced(binary(tf.maximum, apart)),
  Minimum: unreduced(binary(tf.minimum, apart)),
  Mod: binary(tf.mod, [2.3, 2.6, 0.95, 1.1]),
  Multiply: [
    ...binary(tf.mul),
    {
      name: "a tensor with itself",
      inputs: [spread([3, 4])],
      run: (x) => tf.mul(x, x),
    },
    {
      name: "with whole numbers of type int32",
      inputs: [spread([3, 4])],
      run: (x) => tf.mul(x, tf.tensor1d([1, -2, 3, 0], "int32")),
    },
  ],
  Pow: [
    ...binary(tf.pow, [0.3, 2, -1.5, 2]),
    {
      name: "negative base, whole exponent",
      inputs: [spread([3, 4])],
      run: (x) => tf.pow(x, tf.scalar(3, "int32")),
    },
  ],
  Prelu: unreduced(binary(tf.prelu, [-2, 2.3, 0.1, 0.6])),
  RealDiv: binary(tf.div, [-2, 2, 0.5, 2]),
  SquaredDifference: unreduced(binary(tf.squaredDifference)),
  Sub: binary(tf.sub),
  Select: [
    {
      name: "condition of the same shape",
      inputs: [spread([2, 3]), spread([2, 3], 1, 2)],
      run: (a, b) => tf.where(tf.tensor2d([1, 0, 0, 1, 1, 0], [2, 3], "bool"), a, b),
    },
    {
      name: "operands broadcast",
      inputs: [spread([2, 3]), spread([])],
      run: (a, b) => tf.where(tf.tensor1d([1, 0, 1], "bool"), a, b),
    },
  ],
  ComplexAbs: [
    {
      name: "of a complex tensor",
      inputs: [spread([6])],
      prepare: (x) => tf.complex(x, tf.onesLike(x)),
      run: (x) => tf.abs(x),
      withoutDifferences: "tfjs gives that of the real part's magnitude",
    },
  ],
}
