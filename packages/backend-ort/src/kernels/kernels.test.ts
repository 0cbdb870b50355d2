import { describe, expect, test } from "vitest"
import { difference, evaluate, numbers, tf } from "../../test/support.js"
import { setOptions, stats } from "../index.js"

type Case = [name: string, run: () => tf.Tensor | tf.Tensor[], tolerance?: number]

const t = (...shape: number[]) => numbers(shape, 1)
const u = (...shape: number[]) => numbers(shape, 2)
const positive = (...shape: number[]) => numbers(shape, 3).abs().add(0.1)
const int = (...shape: number[]) => numbers(shape, 4).mul(3).toInt()
const bool = (...shape: number[]) => numbers(shape, 5).greater(0)

const unary: Case[] = (
  [
    "abs acos asin atan ceil cos cosh elu erf exp expm1 floor isNaN isFinite isInf leakyRelu neg relu relu6",
    "round selu sigmoid sign sin sinh softplus square step tan tanh",
  ]
    .join(" ")
    .split(" ") as "abs"[]
).map((name): Case => [name, () => tf[name](t(3, 5).div(2.1))])

const binary: Case[] = (
  "add sub mul div maximum minimum squaredDifference mod greater greaterEqual less lessEqual equal notEqual".split(
    " ",
  ) as "add"[]
).flatMap((name): Case[] => [
  [`${name} same shape`, () => tf[name](t(2, 3, 4), u(2, 3, 4))],
  [`${name} broadcast`, () => tf[name](t(2, 3, 1), u(3, 4))],
  [`${name} int32`, () => tf[name](int(6), int(6).add(7))],
  [`${name} mixed`, () => tf[name](t(6), int(6).add(7))],
])

const others: Case[] = [
  ["log", () => positive(9).log()],
  ["log1p near 0", () => t(9).mul(1e-6).log1p().mul(1e6)],
  ["expm1 near 0", () => t(9).mul(1e-6).expm1().mul(1e6)],
  ["log1p", () => positive(9).log1p()],
  ["sqrt rsqrt reciprocal", () => [positive(9).sqrt(), positive(9).rsqrt(), positive(9).reciprocal()]],
  ["pow", () => positive(4, 3).pow(u(3))],
  ["floorDiv", () => tf.floorDiv(t(9).mul(7), u(9))],
  ["prelu", () => tf.prelu(t(4, 3), positive(3))],
  ["clip", () => [t(9).clipByValue(-0.5, 0.7), int(9).clipByValue(-1, 2)]],
  ["where", () => [tf.where(bool(4, 3), t(4, 3), u(4, 3)), tf.where(bool(4), t(4), tf.zerosLike(t(4)))]],
  ["where of booleans", () => tf.where(bool(6), bool(6), bool(6).logicalNot())],
  [
    "logical",
    () => [
      bool(9).logicalAnd(t(9).greater(1)),
      bool(9).logicalOr(t(9).less(1)),
      bool(9).logicalNot(),
      tf.logicalXor(bool(9), t(9).less(1)),
    ],
  ],
  ["cast", () => [t(9).toInt(), t(9).toBool(), bool(9).toFloat(), int(9).toFloat(), bool(9).toInt()]],
  ["addN", () => [tf.addN([t(3), u(3), t(3)]), tf.addN([int(3), int(3)])]],
  [
    "sum",
    () => [
      t(3, 4, 5).sum(),
      t(3, 4, 5).sum(1),
      t(3, 4, 5).sum([0, 2], true),
      int(3, 4).sum(0),
      bool(7).sum(),
    ],
  ],
  ["mean", () => [t(3, 4, 5).mean(), t(3, 4, 5).mean([0, 1]), int(3, 4).mean(0)]],
  [
    "max min prod",
    () => [t(3, 4, 5).max(1), t(3, 4, 5).min([0, 2]), t(3, 4).prod(0), t(7).max(), int(3, 4).max(1)],
  ],
  ["all any", () => [bool(3, 4).all(1), bool(3, 4).any(0), bool(5).all()]],
  ["argMax argMin", () => [t(3, 4).argMax(1), t(3, 4).argMin(0), int(9).argMax()]],
  ["softmax", () => [t(3, 4).softmax(), t(3, 4).logSoftmax(), t(3, 4).logSumExp(1)]],
  [
    "reshape transpose",
    () => [
      t(2, 3, 4).reshape([4, 6]),
      t(2, 3, 4).transpose([2, 0, 1]),
      t(2, 3).expandDims(1),
      t(2, 1, 3).squeeze(),
    ],
  ],
  [
    "concat",
    () => [
      tf.concat([t(2, 3), u(2, 5)], 1),
      tf.concat([t(2, 3), u(1, 3)], 0),
      tf.concat([t(0, 3), u(1, 3)], 0),
    ],
  ],
  ["stack unstack", () => [tf.stack([t(2, 3), u(2, 3)], 1), ...t(2, 3).unstack(1)]],
  [
    "slice split",
    () => [t(4, 5).slice([1, 2], [2, 3]), ...tf.split(t(4, 6), 3, 1), ...tf.split(t(4, 6), [1, 2, 3], 1)],
  ],
  ["stridedSlice", () => [t(6, 5).stridedSlice([0, 1], [6, 5], [2, 2]), t(6).stridedSlice([5], [-7], [-1])]],
  [
    "pad",
    () => [
      t(2, 3).pad(
        [
          [1, 0],
          [2, 1],
        ],
        0.5,
      ),
      int(3).pad([[1, 2]]),
      tf.mirrorPad(t(4), [[1, 2]], "reflect"),
    ],
  ],
  ["tile broadcastTo", () => [t(2, 3).tile([2, 1]), t(1, 3).broadcastTo([4, 3])]],
  ["reverse", () => [t(2, 3, 4).reverse([0, 2]), t(5).reverse()]],
  [
    "gather",
    () => [
      t(4, 3).gather(tf.tensor1d([2, 0, 2], "int32")),
      t(4, 3).gather(tf.tensor2d([[2, 0]], [1, 2], "int32"), 1),
    ],
  ],
  ["oneHot", () => tf.oneHot(tf.tensor1d([2, 0, 9], "int32"), 3)],
  ["unsortedSegmentSum", () => tf.unsortedSegmentSum(t(5, 3), tf.tensor1d([1, 0, 1, 3, -1], "int32"), 4)],
  [
    "fill range ones",
    () => [
      tf.fill([2, 3], 7),
      tf.range(1, 9, 3),
      tf.onesLike(t(3)),
      tf.zerosLike(int(3)),
      tf.range(5, 1, -2),
    ],
  ],
  [
    "matMul",
    () => [
      tf.matMul(t(3, 4), u(4, 5)),
      tf.matMul(t(4, 3), u(4, 5), true),
      tf.matMul(t(3, 4), u(5, 4), false, true),
      tf.matMul(t(2, 3, 4), u(2, 4, 5)),
      tf.matMul(t(4, 3), u(5, 4), true, true),
    ],
  ],
  ["matMul int32", () => tf.matMul(int(3, 4), int(4, 5))],
]

const gradients = (f: (...xs: tf.Tensor[]) => tf.Tensor, shapes: number[][]) => () => {
  const inputs = shapes.map((shape, i) => numbers(shape, i + 11))
  return tf.grads((...xs) =>
    f(...xs)
      .mul(0.5)
      .tanh()
      .sum(),
  )(inputs)
}

const channels = [3, 16, 20, 32]
const windows: Case[] = channels.flatMap((c): Case[] =>
  [8, 16, 24].flatMap((o): Case[] => {
    const conv = (k: number, stride: number, pad: "same" | "valid" | number): Case => [
      `conv and gradients ${c} to ${o}, ${k}x${k}, stride ${stride}, ${pad}`,
      gradients(
        (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad),
        [
          [2, 9, 8, c],
          [k, k, c, o],
        ],
      ),
      1e-4,
    ]
    return [
      conv(1, 1, "same"),
      conv(3, 1, "same"),
      conv(3, 2, "same"),
      conv(4, 2, 1),
      conv(5, 1, "valid"),
      conv(1, 2, "valid"),
      conv(3, 1, 2),
    ]
  }),
)

const spatial: Case[] = channels.flatMap((c): Case[] => [
  [`avgPool ${c}`, gradients((x) => tf.avgPool(x as tf.Tensor4D, 2, 2, "valid"), [[2, 8, 6, c]])],
  [`avgPool with a rest ${c}`, gradients((x) => tf.avgPool(x as tf.Tensor4D, 2, 2, "valid"), [[2, 7, 9, c]])],
  [`maxPool ${c}`, gradients((x) => tf.maxPool(x as tf.Tensor4D, 2, 2, "valid"), [[2, 8, 6, c]])],
  [`maxPool with a rest ${c}`, gradients((x) => tf.maxPool(x as tf.Tensor4D, 2, 2, "valid"), [[2, 7, 9, c]])],
  [
    `maxPool after conv ${c}`,
    gradients(
      (x, w) => tf.maxPool(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same"), 2, 2, "valid"),
      [
        [2, 8, 6, c],
        [3, 3, c, 16],
      ],
    ),
    1e-4,
  ],
  // Windows of equal values: the gradient belongs to the first.
  [
    `maxPool ties ${c}`,
    gradients(
      (x) => tf.maxPool(x.round() as tf.Tensor4D, 2, 2, "valid").mul(x.slice([0, 0, 0, 0], [2, 4, 3, c])),
      [[2, 8, 6, c]],
    ),
  ],
  [
    `maxPool ties gradient ${c}`,
    () => tf.grad((x) => tf.maxPool(x as tf.Tensor4D, 2, 2, "valid").sum())(t(2, 8, 6, c).round()),
  ],
  // A batch of one: the gradient of tfjs-backend-cpu reads dy of the wrong sample in a larger batch.
  [`resize ${c}`, gradients((x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [8, 6]), [[1, 4, 3, c]])],
  [`resize of a batch ${c}`, () => tf.image.resizeNearestNeighbor(t(2, 4, 3, c) as tf.Tensor4D, [8, 9])],
  [
    `batch norm and relu ${c}`,
    gradients(
      (x, w, g, b) => {
        const y = tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same")
        const centered = y.sub(y.mean([0, 1, 2], true))
        const scale = centered.square().mean([0, 1, 2], true).add(1e-5).rsqrt()
        return centered
          .mul(scale.mul(g!.reshape([2, 1, 1, 16])))
          .add(b!.reshape([2, 1, 1, 16]))
          .relu()
      },
      [
        [2, 6, 6, c],
        [3, 3, c, 16],
        [2, 16],
        [2, 16],
      ],
    ),
    2e-4,
  ],
  [
    `residual block ${c}`,
    gradients(
      (x, w, v, b) => {
        const h = tf
          .conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same")
          .add(b!)
          .relu()
        return h.add(tf.conv2d(x as tf.Tensor4D, v as tf.Tensor4D, 1, "same")).leakyRelu(0.2)
      },
      [[2, 6, 6, c], [3, 3, c, 32], [1, 1, c, 32], [32]],
    ),
    1e-4,
  ],
  [
    `concat and slice of blocked values ${c}`,
    gradients(
      (x, w) => {
        const y = tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same") as tf.Tensor4D
        const z = tf.concat([y, y.mul(2)], 3).slice([0, 0, 0, 16], [2, 5, 5, 32])
        return tf.concat([z, z.tanh()], 0).slice([1, 0, 0, 0], [2, 5, 5, 32]).sum([1, 2])
      },
      [
        [2, 5, 5, c],
        [3, 3, c, 32],
      ],
    ),
    1e-4,
  ],
  [
    `masks and spatial factors ${c}`,
    gradients(
      (x, w, m) => {
        const y = tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same")
        return tf.where(u(2, 5, 5, 16).greater(0.1), y.mul(m!), y.mul(0.1)).clipByValue(-2, 2)
      },
      [
        [2, 5, 5, c],
        [3, 3, c, 16],
        [2, 5, 5, 1],
      ],
    ),
    1e-4,
  ],
  [
    `depthwise ${c}`,
    () => tf.depthwiseConv2d(t(2, 7, 6, c) as tf.Tensor4D, u(3, 3, c, 2) as tf.Tensor4D, 2, "same"),
  ],
])

// The plain layout is one code path for every channel count.
const plain = [...windows, ...spatial].filter(([name]) => !/ (20|32)\b/.test(name))

describe.each([
  ["probe", [...unary, ...binary, ...others, ...windows, ...spatial]],
  ["off", plain],
] as const)("kernels against tfjs-backend-cpu, blocked layout %s", (block, cases) => {
  test.each(cases)("%s", async (_, run, tolerance = 1e-5) => {
    setOptions({ block, strict: true, verify: true })
    const ours = await evaluate("ort", run)
    const reference = await evaluate("cpu", run)
    expect(ours.map(({ shape, dtype }) => [shape, dtype])).toEqual(
      reference.map(({ shape, dtype }) => [shape, dtype]),
    )
    ours.forEach((result, i) => {
      expect(difference(reference[i]!.values, result.values)).toBeLessThan(tolerance)
    })
    expect(stats().fallbacks).toEqual({})
  })
})
