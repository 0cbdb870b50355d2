import * as tf from "@tensorflow/tfjs-core"
import { type GradientCase, spread } from "./case.js"

const one = (
  name: string,
  shape: readonly number[],
  // biome-ignore lint/suspicious/noExplicitAny: one signature for inputs of any rank
  run: (x: any) => tf.Tensor,
): GradientCase => ({ name, inputs: [spread(shape)], run })

const indices = (values: number[], shape?: number[]): tf.Tensor => tf.tensor(values, shape, "int32")

const product = (
  name: string,
  a: readonly number[],
  b: readonly number[],
  transposeA = false,
  transposeB = false,
): GradientCase => ({
  name,
  inputs: [spread(a), spread(b, -1, 1.5)],
  run: (x, y) => tf.matMul(x, y, transposeA, transposeB),
})

const mirrored = (list: readonly GradientCase[]): readonly GradientCase[] =>
  list.map((c) => ({ ...c, withoutCpu: "dy is cut instead of folded back" }))

/** Gathers, moves, repeats and products: everything whose gradient is another rearrangement. */
export const rearrangements: Readonly<Record<string, readonly GradientCase[]>> = {
  BatchMatMul: [
    product("plain", [2, 3], [3, 4]),
    product("transpose a", [3, 2], [3, 4], true),
    product("transpose b", [2, 3], [4, 3], false, true),
    product("transpose both", [3, 2], [4, 3], true, true),
    product("batch", [2, 2, 3], [2, 3, 2]),
    product("batch, transpose both", [2, 3, 2], [2, 2, 3], true, true),
    product("one row", [1, 3], [3, 1]),
    {
      name: "of a dot and an outer product",
      inputs: [spread([4]), spread([4], 0, 2)],
      run: (a, b) => tf.mul(tf.dot(a, b), tf.outerProduct(a, b)),
    },
  ],
  BatchToSpaceND: [
    one(
      "block 2, crops",
      [8, 2, 2, 1],
      (x) =>
      tf.batchToSpaceND(x, [2, 2], [[0, 1], [1, 0]]), // biome-ignore format: pairs
    ),
  ],
  Concat: [-1, 0, 1].map((axis) => ({
    name: `three along ${axis}`,
    inputs: [0, 1, 2].map((i) =>
      spread(axis === 0 ? [i + 1, 2, 3] : axis === 1 ? [2, i + 1, 3] : [2, 3, i + 1]),
    ),
    run: (...parts: tf.Tensor[]) => tf.concat(parts, axis),
  })),
  ExpandDims: [
    one("in the middle", [2, 3], (x) => tf.expandDims(x, 1)),
    one("last", [2], (x) => tf.expandDims(x, -1)),
  ],
  GatherV2: [
    one("rows, repeated and left out", [4, 3], (x) => tf.gather(x, indices([2, 0, 2, 2]))),
    one("axis 1", [2, 4, 2], (x) => tf.gather(x, indices([3, 0, 3]), 1)),
    one("last axis", [2, 3], (x) => tf.gather(x, indices([1, 1]), -1)),
    one("one index for each row of a batch", [2, 3, 2], (x) =>
      tf.gather(x, indices([2, 0, 1, 1], [2, 2]), 1, 1),
    ),
    one("indices of rank 2", [4, 2], (x) => tf.gather(x, indices([0, 3, 3, 1], [2, 2]))),
  ],
  MirrorPad: mirrored([
    one("reflect", [3, 4], (x) => tf.mirrorPad(x, [[1, 2], [0, 1]], "reflect")), // biome-ignore format: pairs
    one("symmetric", [3, 4], (x) => tf.mirrorPad(x, [[1, 2], [0, 1]], "symmetric")), // biome-ignore format: pairs
    one("reflect, batch of images", [2, 3, 3, 2], (x) => tf.mirrorPad(x, [[0, 0], [2, 2], [1, 0], [0, 0]], "reflect")), // biome-ignore format: pairs
  ]),
  OneHot: [
    {
      name: "zero for the indices, which come from a cast",
      inputs: [spread([4], 0, 3)],
      run: (x) => tf.oneHot(tf.cast(x, "int32"), 3),
      withoutDifferences: "constant between its jumps",
    },
  ],
  Pack: [-1, 0, 1].map((axis) => ({
    name: `axis ${axis}`,
    inputs: [spread([2, 3]), spread([2, 3], 0, 1)],
    run: (a: tf.Tensor, b: tf.Tensor) => tf.stack([a, b], axis),
  })),
  PadV2: [
    one("both axes, constant 3", [2, 3], (x) => tf.pad(x, [[1, 0], [2, 1]], 3)), // biome-ignore format: pairs
    one("rank 4", [1, 2, 2, 3], (x) => tf.pad(x, [[0, 0], [1, 1], [0, 2], [0, 0]])), // biome-ignore format: pairs
    one("zero pads", [2, 3], (x) => tf.pad(x, [[0, 0], [0, 0]])), // biome-ignore format: pairs
  ],
  Reshape: [
    one("to a matrix", [2, 3, 4], (x) => tf.reshape(x, [6, -1])),
    one("to a scalar", [1, 1], (x) => tf.reshape(x, [])),
  ],
  Reverse: [
    one("one axis", [2, 3], (x) => tf.reverse(x, 1)),
    one("all axes", [2, 3, 2], (x) => tf.reverse(x)),
  ],
  Slice: [
    one("inner part", [3, 4], (x) => tf.slice(x, [1, 0], [2, 3])),
    one("to the end", [2, 3, 4], (x) => tf.slice(x, [0, 1, 2])),
  ],
  SpaceToBatchND: [
    one("block 2, padded", [1, 3, 3, 2], (x) => tf.spaceToBatchND(x, [2, 2], [[0, 1], [1, 0]])), // biome-ignore format: pairs
  ],
  SplitV: [
    one("equal parts, one unused", [4, 3], (x) => tf.mul(tf.split(x, 2, 0)[1]!, 2)),
    one("sizes", [2, 6], (x) => tf.concat(tf.split(x, [1, 3, 2], 1).toReversed(), 1)),
  ],
  Tile: [
    one("rank 1", [3], (x) => tf.tile(x, [3])),
    one("broadcastTo, built of it", [3, 1], (x) => tf.broadcastTo(x, [2, 3, 4])),
    one("rank 2", [2, 3], (x) => tf.tile(x, [2, 2])),
    one("rank 3", [1, 2, 2], (x) => tf.tile(x, [2, 1, 3])),
    one("rank 4", [1, 2, 1, 2], (x) => tf.tile(x, [2, 1, 2, 1])),
  ],
  Transpose: [
    one("reversed axes", [2, 3, 4], (x) => tf.transpose(x)),
    one("NHWC to NCHW", [2, 2, 3, 2], (x) => tf.transpose(x, [0, 3, 1, 2])),
  ],
  Unpack: [
    one("axis 0", [3, 2], (x) => tf.mul(tf.unstack(x)[0]!, tf.unstack(x)[2]!)),
    one("axis 1", [2, 3, 2], (x) => tf.stack(tf.unstack(x, 1).toReversed(), 1)),
  ],
  UnsortedSegmentSum: [
    one("empty and repeated segments", [4, 2], (x) =>
      tf.unsortedSegmentSum(x, tf.tensor1d([2, 0, 2, 0], "int32"), 4),
    ),
  ],
}
