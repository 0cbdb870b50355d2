import type { GraphNode } from "../graph.js"
import type { WindowAttrs } from "../kernels/conv.js"
import type { BlockedConvAttrs } from "../kernels/internal.js"
import type { Layout } from "./layout.js"

const ceilTo = (value: number, block: number): number => Math.ceil(value / block) * block

function padLast({ builder }: Layout, x: GraphNode, by: readonly number[]): GraphNode {
  if (by.every((count) => count === 0)) return x
  const first = x.shape.length - by.length
  const paddings = x.shape.map((_, i) => [0, i < first ? 0 : by[i - first]!])
  const shape = x.shape.map((dim, i) => dim + paddings[i]![1]!)
  return builder.add("PadV2", [x], { paddings, value: 0 }, shape, "float32")
}

/** [kh, kw, i, o] -> the blocked order of onnxruntime; `direct` for an input that stays in plain NCHW (fewer than b channels). */
function blockedFilter(layout: Layout, filter: GraphNode, direct: boolean): GraphNode {
  const { builder, block: b } = layout
  const [kh, kw, i, o] = filter.shape as [number, number, number, number]
  const inputs = direct ? i : ceilTo(i, b)
  const outputs = ceilTo(o, b)
  const padded = padLast(layout, filter, [inputs - i, outputs - o])
  const split = direct
    ? builder.transpose(builder.reshape(padded, [kh, kw, i, outputs / b, b]), [3, 2, 0, 1, 4])
    : builder.transpose(builder.reshape(padded, [kh, kw, inputs / b, b, outputs / b, b]), [4, 2, 0, 1, 3, 5])
  return builder.reshape(split, [outputs, inputs, kh, kw])
}

/** The filter of the input gradient: turned by 180 degrees, inputs and outputs exchanged. */
function turned({ builder }: Layout, filter: GraphNode): GraphNode {
  const [kh, kw] = filter.shape as [number, number]
  const reversed =
    kh * kw === 1 ? filter : builder.add("Reverse", [filter], { axes: [0, 1] }, filter.shape, "float32")
  return builder.transpose(reversed, [0, 1, 3, 2])
}

function convolve(
  layout: Layout,
  node: GraphNode,
  x: GraphNode,
  filter: GraphNode,
  attrs: WindowAttrs,
): void {
  const { builder, block: b } = layout
  const [n, h, w, c] = x.shape as [number, number, number, number]
  const [, ho, wo, o] = node.shape as [number, number, number, number]
  const direct = c < b
  const source = direct
    ? builder.transpose(layout.plain(x), [0, 3, 1, 2])
    : c % b === 0
      ? layout.blocked(x)
      : builder.add(
          "ReorderInput",
          [padLast(layout, layout.plain(x), [ceilTo(c, b) - c])],
          {},
          [n, ceilTo(c, b), h, w],
          "float32",
        )
  const convAttrs: BlockedConvAttrs = { ...attrs, group: 1, bias: false, sum: false, relu: false }
  const inputs = [source, blockedFilter(layout, filter, direct)]
  const result = builder.add("BlockedConv", inputs, convAttrs, [n, ceilTo(o, b), ho, wo], "float32")
  if (o % b === 0) layout.setBlocked(node, result)
  else
    layout.setPlain(
      node,
      builder.add("ReorderOutput", [result], { channels: o, last: 1 }, node.shape, "float32"),
    )
}

/** Forward convolution and, at stride 1, input gradient in the blocked layout; false leaves the plain form. */
export function blockConv(layout: Layout, node: GraphNode): boolean {
  const attrs = node.attrs as WindowAttrs
  const [x, filter] = node.inputs as [GraphNode, GraphNode]
  if (node.op === "Conv2D") {
    if (attrs.pads.some((pad) => pad < 0)) return false
    convolve(layout, node, x, layout.plain(filter), attrs)
    return true
  }
  const { kernel, strides, dilations, pads } = attrs
  if (strides[0] !== 1 || strides[1] !== 1) return false
  const reach = [0, 1].map((i) => (kernel[i]! - 1) * dilations[i]!) as [number, number]
  const full = [reach[0] - pads[0], reach[1] - pads[1], reach[0] - pads[2], reach[1] - pads[3]] as const
  if (full.some((pad) => pad < 0)) return false
  convolve(layout, node, x, turned(layout, layout.plain(filter)), { ...attrs, pads: full })
  return true
}
