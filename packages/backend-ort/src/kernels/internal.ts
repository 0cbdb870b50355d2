/**
 * Nodes that only passes make. A blocked value has the nominal shape [n, c, h, w] and the memory of [n, c/b, h, w, b]
 * (NCHWc, b = 8 or 16); elementwise nodes run on it unchanged, since every operand has the same order.
 */
import type { Attribute } from "@ifnormal/onnx"
import type { Emitter } from "../emitter.js"
import type { Attrs, GraphNode } from "../graph.js"
import type { WindowAttrs } from "./conv.js"
import type { Kernel } from "./define.js"
import { firstMaximum } from "./pool.js"
import { STEEP } from "./unary.js"

const NCHWC = "com.microsoft.nchwc"

export interface BlockedConvAttrs extends WindowAttrs {
  readonly group: number
  /** Inputs after x and the filter, in this order. */
  readonly bias: boolean
  readonly sum: boolean
  readonly relu: boolean
}

const windowOf = (node: GraphNode): Record<string, Attribute> => {
  const { kernel, strides, dilations, pads } = node.attrs as WindowAttrs
  return { kernel_shape: kernel, strides, dilations, pads, auto_pad: "NOTSET" }
}

const blockedPool = (name: string, op: string, extra: Record<string, Attribute>): Kernel => ({
  name,
  emit: (node, [x], e) => e.op(op, [x!], { ...windowOf(node), ceil_mode: 0, ...extra }, NCHWC),
})

const reorder = (
  name: string,
  op: string,
  attributes: (attrs: Attrs) => Record<string, Attribute>,
): Kernel => ({
  name,
  emit: (node, [x], e) => e.op(op, [x!], attributes(node.attrs), NCHWC),
})

/** 1 where the first of two neighbors is not below the second, else 0; `at` [1, 2] for columns, [2, 1] for rows. */
function firstOfPairs(
  x: string,
  channels: number,
  at: readonly [number, number],
  block: number,
  e: Emitter,
): string {
  const pair = [...new Array<number>(block).fill(1), ...new Array<number>(block).fill(-1)]
  const difference = e.floats(Array.from({ length: channels / block }, () => pair).flat(), [
    channels,
    1,
    ...at,
  ])
  const window = { kernel_shape: at, strides: at, dilations: [1, 1], pads: [0, 0, 0, 0], auto_pad: "NOTSET" }
  const gap = e.op("Conv", [x, difference], { ...window, group: channels }, NCHWC)
  return e.op("HardSigmoid", [gap], { alpha: { float: STEEP }, beta: { float: 1 } })
}

/**
 * The gradient of 2x2 max-pooling of blocked values, to the first maximum in row-major order: among the two maxima of the
 * rows the upper where they are equal, in its row the left one. Cutting the windows into four cells takes 3 times as long.
 */
function pairwiseMaximum(
  [dy, x]: readonly [string, string],
  [n, c, height, width]: readonly [number, number, number, number],
  block: number,
  e: Emitter,
): string {
  const window = {
    kernel_shape: [1, 2],
    strides: [1, 2],
    dilations: [1, 1],
    pads: [0, 0, 0, 0],
    auto_pad: "NOTSET",
  }
  const ofRows = e.op("MaxPool", [x], { ...window, ceil_mode: 0, storage_order: 0 }, NCHWC)
  const upper = e.op("Mul", [dy, firstOfPairs(ofRows, c, [2, 1], block, e)])
  const rows = [upper, e.op("Sub", [dy, upper])]
  const line = (width / 2) * block
  const lead = (n * c) / block
  const stacked = e.op(
    "Concat",
    rows.map((row) => e.reshape(row, [(lead * height) / 2, 1, line])),
    { axis: 1 },
  )
  const gradient = e.reshape(stacked, [n, c, height, width / 2])
  const left = e.op("Mul", [gradient, firstOfPairs(x, c, [1, 2], block, e)])
  const columns = [left, e.op("Sub", [gradient, left])]
  const cells = columns.map((column) => e.reshape(column, [(lead * height * width) / 2, 1, block]))
  return e.reshape(e.op("Concat", cells, { axis: 1 }), [n, c, height, width])
}

export const internalKernels: readonly Kernel[] = [
  // [n, h, w, c] -> blocked
  reorder("ReorderInput", "ReorderInput", () => ({ channels_last: 1 })),
  // blocked -> [n, h, w, channels], or [n, channels, h, w] with last 0
  reorder("ReorderOutput", "ReorderOutput", (attrs) => ({
    channels: attrs.channels as number,
    channels_last: attrs.last as number,
  })),
  {
    name: "BlockedConv",
    emit: (node, [x, filter, ...rest], e) => {
      const { group, bias, sum, relu } = node.attrs as BlockedConvAttrs
      const inputs = [x!, filter!]
      if (bias || sum) inputs.push(bias ? rest[0]! : "")
      if (sum) inputs.push(rest.at(-1)!)
      const activation: Record<string, Attribute> = relu ? { activation: "Relu" } : {}
      return e.op("Conv", inputs, { ...windowOf(node), group, ...activation }, NCHWC)
    },
  },
  blockedPool("BlockedAveragePool", "AveragePool", { count_include_pad: 0 }),
  blockedPool("BlockedMaxPool", "MaxPool", { storage_order: 0 }),
  blockedPool("BlockedBoxMean", "AveragePool", { count_include_pad: 1 }),
  {
    // The mean over each window of [n, h, w, c] values, zeros outside the image included.
    name: "BoxMean",
    emit: (node, [x], e) => {
      const { kernel, strides, pads } = node.attrs as WindowAttrs
      const window = { kernel_shape: kernel, strides, pads, count_include_pad: 1 }
      return e.transpose(e.op("AveragePool", [e.transpose(x!, [0, 3, 1, 2])], window), [0, 2, 3, 1])
    },
  },
  {
    name: "BlockedUpsample",
    emit: (node, [x], e) => {
      const [rows, columns] = node.attrs.times as [number, number]
      return e.op("Upsample", [x!], { scales: [1, 1, rows, columns], mode: "nearest" }, NCHWC)
    },
  },
  {
    name: "BlockedMaxPoolGrad",
    emit: (node, [dy, x, y], e) => {
      const { kernel, block } = node.attrs as WindowAttrs & { block: number }
      const shape = node.shape as [number, number, number, number]
      if (kernel[0] === 2 && kernel[1] === 2) return pairwiseMaximum([dy!, x!], shape, block, e)
      const [n, c, height, width] = shape
      const out = [height / kernel[0], width / kernel[1]] as const
      const view = { lead: (n * c) / block, out, kernel, inner: block }
      return e.reshape(firstMaximum([dy!, x!, y!], view, e), node.shape)
    },
  },
  {
    // [n, h, w, c] -> [c / b, n, h, w * b]
    name: "ChannelRows",
    emit: (node, [x], e) => {
      const [n, h, w, c] = node.inputs[0]!.shape as [number, number, number, number]
      const block = node.attrs.block as number
      const split = e.reshape(x!, [n * h * w, c / block, block])
      return e.reshape(c === block ? split : e.transpose(split, [1, 0, 2]), node.shape)
    },
  },
  {
    // A convolution of [n, c, h, w] values in plain order.
    name: "PlainConv",
    emit: (node, inputs, e) => {
      const { kernel, strides, dilations, pads } = node.attrs as WindowAttrs
      return e.op("Conv", inputs, { kernel_shape: kernel, strides, dilations, pads })
    },
  },
]
