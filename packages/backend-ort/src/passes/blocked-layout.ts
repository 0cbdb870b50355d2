import type { Graph, GraphNode, Pass } from "../graph.js"
import type { WindowAttrs } from "../kernels/conv.js"
import { kernels } from "../kernels/index.js"
import { blockSize } from "../probe.js"
import { range, sameShape, size } from "../shapes.js"
import { foldAffine } from "./affine-folding.js"
import { blockConv } from "./blocked-conv.js"
import { Layout, ONE_BY_ONE } from "./layout.js"

type Rule = (layout: Layout, node: GraphNode) => boolean

const pool =
  (op: string): Rule =>
  (layout, node) => {
    const x = node.inputs[0]!
    if (!layout.fits(x)) return false
    const made = layout.builder.add(
      op,
      [layout.blocked(x)],
      node.attrs,
      layout.nominal(node.shape),
      "float32",
    )
    layout.setBlocked(node, made)
    return true
  }

const exactTiles = (node: GraphNode): boolean => {
  const { kernel } = node.attrs as WindowAttrs
  const out = node.inputs[0]!.shape
  return out[1]! * kernel[0] === node.shape[1] && out[2]! * kernel[1] === node.shape[2]
}

function scaled(layout: Layout, x: GraphNode, factor: number): GraphNode {
  const constant = layout.builder.add("Constant", [], { value: factor }, [], "float32")
  return layout.builder.add("Multiply", [x, constant], {}, x.shape, "float32")
}

function upsample(layout: Layout, node: GraphNode, x: GraphNode, times: readonly number[]): void {
  const made = layout.builder.add("BlockedUpsample", [x], { times }, layout.nominal(node.shape), "float32")
  layout.setBlocked(node, made)
}

const averagePoolGradient: Rule = (layout, node) => {
  const { kernel } = node.attrs as WindowAttrs
  if (!layout.fits(node) || !exactTiles(node)) return false
  upsample(layout, node, scaled(layout, layout.blocked(node.inputs[0]!), 1 / (kernel[0] * kernel[1])), kernel)
  return true
}

const maxPoolGradient: Rule = (layout, node) => {
  if (!layout.fits(node) || !exactTiles(node)) return false
  const inputs = node.inputs.map((input) => layout.blocked(input))
  const attrs = { ...node.attrs, block: layout.block }
  layout.setBlocked(
    node,
    layout.builder.add("BlockedMaxPoolGrad", inputs, attrs, layout.nominal(node.shape), "float32"),
  )
  return true
}

const resize: Rule = (layout, node) => {
  const x = node.inputs[0]!
  if (!layout.fits(x)) return false
  upsample(layout, node, layout.blocked(x), node.attrs.times as number[])
  return true
}

/** The sum over each tile is its average times its size. */
const resizeGradient: Rule = (layout, node) => {
  const dy = node.inputs[0]!
  if (!layout.fits(dy)) return false
  const times = node.attrs.times as [number, number]
  const attrs: WindowAttrs = { ...ONE_BY_ONE, kernel: times, strides: times }
  const shape = layout.nominal(node.shape)
  const average = layout.builder.add("BlockedAveragePool", [layout.blocked(dy)], attrs, shape, "float32")
  layout.setBlocked(node, scaled(layout, average, times[0] * times[1]))
  return true
}

/** Sums that keep the channels (batch norm, bias) or the samples, straight from the blocked memory. */
const reduce: Rule = (layout, node) => {
  const x = node.inputs[0]!
  const axes = String(node.attrs.axes)
  if (!layout.fits(x) || !layout.hasBlocked(x)) return false
  const { builder, block } = layout
  const [n, h, w, c] = x.shape as [number, number, number, number]
  const sum = (value: GraphNode, axis: number): GraphNode => {
    const shape = value.shape.filter((_, i) => i !== axis)
    return builder.add("Sum", [value], { axes: [axis] }, shape, "float32")
  }
  let total: GraphNode
  if (axes === "1,2" || axes === "0,1,2") {
    // Height and width first, then the batch: one reduction of [n * h * w, c] over rows is 7.7 ms at [65536, 16].
    total = builder.reshape(sum(builder.reshape(layout.blocked(x), [(n * c) / block, h * w, block]), 1), [
      n,
      c,
    ])
    if (axes === "0,1,2") total = sum(total, 0)
  } else if (axes === "1,2,3") total = sum(builder.reshape(layout.blocked(x), [n, h * w * c]), 1)
  else if (axes === "0,1,2,3") total = sum(builder.reshape(layout.blocked(x), [n * h * w * c]), 0)
  else return false
  if (node.op === "Mean") total = scaled(layout, total, size(total.shape) / size(x.shape))
  layout.setPlain(node, builder.reshape(total, node.shape))
  return true
}

const concat: Rule = (layout, node) => {
  const axis = node.attrs.axis as number
  if ((axis !== 0 && axis !== 3) || !node.inputs.every((x) => layout.fits(x) && layout.hasBlocked(x)))
    return false
  const inputs = node.inputs.map((x) => layout.blocked(x))
  const attrs = { axis: axis === 3 ? 1 : 0 }
  layout.setBlocked(node, layout.builder.add("Concat", inputs, attrs, layout.nominal(node.shape), "float32"))
  return true
}

const slice: Rule = (layout, node) => {
  const x = node.inputs[0]!
  const begin = node.attrs.begin as number[]
  if (!layout.fits(x) || !layout.fits(node) || !layout.hasBlocked(x) || begin[3]! % layout.block !== 0)
    return false
  if (node.shape[1] !== x.shape[1] || node.shape[2] !== x.shape[2]) return false
  const attrs = { begin: layout.nominal(begin) }
  const made = layout.builder.add("Slice", [layout.blocked(x)], attrs, layout.nominal(node.shape), "float32")
  layout.setBlocked(node, made)
  return true
}

/**
 * By way of plain NCHW: for the filter gradient's [c, n, h, w] the second step then moves whole h * w planes. One
 * transpose of the five blocked axes takes 7 ms at [64, 28, 28, 16], these two 1.5 ms.
 */
const transpose: Rule = (layout, node) => {
  const x = node.inputs[0]!
  if (!layout.fits(x) || !layout.hasBlocked(x)) return false
  const attrs = { channels: x.shape[3], last: 0 }
  const planes = layout.builder.add(
    "ReorderOutput",
    [layout.blocked(x)],
    attrs,
    layout.nominal(x.shape),
    "float32",
  )
  const perm = (node.attrs.perm as number[]).map((axis) => [0, 2, 3, 1][axis]!)
  layout.setPlain(node, layout.builder.transpose(planes, perm))
  return true
}

/** An elementwise node stays where its first full-sized blocked operand is. */
const elementwise: Rule = (layout, node) => {
  const { builder, block } = layout
  const { shape, inputs } = node
  const full = (x: GraphNode) => sameShape(x.shape, shape)
  if (shape.length !== 4 || shape[3]! % block !== 0) return false
  if (!inputs.some((x) => full(x) && layout.hasBlocked(x))) return false
  let wide = false
  const operands: GraphNode[] = []
  for (const x of inputs) {
    const padded = [...range(4 - x.shape.length).map(() => 1), ...x.shape] as [number, number, number, number]
    if (x.op === "Constant") operands.push(builder.add("Constant", [], x.attrs, [], x.dtype))
    else if (full(x)) {
      if (!layout.hasBlocked(x) && x.dtype !== "float32") return false
      operands.push(layout.blocked(x))
    } else if (size(x.shape) === 1) operands.push(layout.scalar(x)!)
    else if (padded[1] === 1 && padded[2] === 1 && padded[3] === shape[3]) {
      wide = true
      operands.push(builder.reshape(layout.plain(x), [padded[0], shape[3]! / block, 1, 1, block]))
    } else if (padded[3] === 1) {
      wide = true
      operands.push(builder.reshape(layout.plain(x), [padded[0], 1, padded[1], padded[2], 1]))
    } else return false
  }
  if (!wide) {
    layout.setBlocked(node, builder.add(node.op, operands, node.attrs, layout.nominal(shape), node.dtype))
    return true
  }
  // Operands of smaller shape need the true axes to broadcast against.
  const memory = layout.five(shape)
  const seen = operands.map((value, i) =>
    full(inputs[i]!) && value.shape.length ? builder.reshape(value, memory) : value,
  )
  const made = builder.add(node.op, seen, node.attrs, memory, node.dtype)
  layout.setBlocked(node, builder.reshape(made, layout.nominal(shape)))
  return true
}

/** By kernel; elementwise kernels without one share a rule. */
export const rules: Readonly<Record<string, Rule>> = {
  Conv2D: blockConv,
  Conv2DBackpropInput: blockConv,
  AvgPool: pool("BlockedAveragePool"),
  MaxPool: pool("BlockedMaxPool"),
  AvgPoolGrad: averagePoolGradient,
  MaxPoolGrad: maxPoolGradient,
  ResizeNearestNeighbor: resize,
  ResizeNearestNeighborGrad: resizeGradient,
  Sum: reduce,
  Mean: reduce,
  Concat: concat,
  Slice: slice,
  Transpose: transpose,
}

function run(graph: Graph, block: number, fold: boolean): Graph {
  const layout = new Layout(graph, block)
  for (const node of graph.nodes) {
    if (fold && foldAffine(layout, node)) continue
    const rule = rules[node.op] ?? (kernels.get(node.op)?.elementwise ? elementwise : undefined)
    if (rule?.(layout, node)) continue
    layout.setPlain(
      node,
      layout.builder.copy(
        node,
        node.inputs.map((input) => layout.plain(input)),
      ),
    )
  }
  return { nodes: layout.builder.nodes, outputs: graph.outputs.map((node) => layout.plain(node)) }
}

/** 1733 -> 1000 ms a step: convolutions in onnxruntime's NCHWc layout, and everything between them kept there. */
export const blockedLayout = (fold: boolean): Pass => ({
  name: "blocked-layout",
  run(graph: Graph): Graph {
    const block = blockSize()
    return block === undefined ? graph : run(graph, block, fold)
  },
})
