import * as tf from "@tensorflow/tfjs-core"
import { type GradientCase, spread } from "./case.js"

// biome-ignore lint/suspicious/noExplicitAny: one signature for functions of many
type Reduce = (x: any, axis?: any, keepDims?: boolean) => tf.Tensor

const axes: readonly (number | number[] | undefined)[] = [undefined, 0, -1, [0, 2], [1]]

const reduce = (run: Reduce, from = -2, to = 2): readonly GradientCase[] => [
  ...axes.flatMap((axis) =>
    [false, true].map((keepDims) => ({
      name: `axis ${axis === undefined ? "all" : `[${axis}]`}${keepDims ? ", kept" : ""}`,
      inputs: [spread([2, 3, 4], from, to)],
      run: (x: tf.Tensor) => run(x, axis, keepDims),
    })),
  ),
  { name: "scalar", inputs: [spread([], from, to + 1)], run: (x) => run(x) },
  { name: "axis of one element", inputs: [spread([3, 1], from, to)], run: (x) => run(x, 1) },
]

const cumulative = [false, true].flatMap((exclusive) =>
  [false, true].map((reverse) => ({ exclusive, reverse })),
)

export const reductions: Readonly<Record<string, readonly GradientCase[]>> = {
  ArgMax: [{ name: "zero", inputs: [spread([2, 6])], run: (x) => tf.argMax(x, 1) }],
  ArgMin: [{ name: "zero", inputs: [spread([2, 6])], run: (x) => tf.argMin(x, 0) }],
  Cumsum: cumulative.flatMap(({ exclusive, reverse }) =>
    [0, 1, 2].map((axis) => ({
      name: `axis ${axis}${exclusive ? ", exclusive" : ""}${reverse ? ", reverse" : ""}`,
      inputs: [spread([2, 3, 2])],
      run: (x: tf.Tensor) => tf.cumsum(x, axis, exclusive, reverse),
      ...(axis === 2 ? {} : { withoutCpu: "transposed when the axis is not the last" }),
    })),
  ),
  Softmax: [
    { name: "rows", inputs: [spread([3, 4])], run: (x) => tf.softmax(x) },
    { name: "rank 3", inputs: [spread([2, 2, 3])], run: (x) => tf.softmax(x) },
  ],
  Max: reduce(tf.max),
  Mean: reduce(tf.mean),
  Min: reduce(tf.min),
  Prod: reduce(tf.prod, 0.6, 1.5).map((c) =>
    c.name.includes("-1") ? { ...c, withoutCpu: "takes no negative axis" } : c,
  ),
  Sum: [
    ...reduce(tf.sum),
    { name: "logSumExp, built of Sum and Max", inputs: [spread([3, 4])], run: (x) => tf.logSumExp(x, 1) },
    { name: "norm, built of Sum", inputs: [spread([3, 4])], run: (x) => tf.norm(x, "euclidean", 1) },
  ],
}
