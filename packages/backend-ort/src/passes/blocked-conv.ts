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

/**
 * Images as outputs have 1 to 7 channels of a block of 8 or 16, and the rest is multiplied in vain. So one position of the
 * convolution makes as many neighboring pixels as fit: the filter stands beside itself at each of them, and the strides
 * are that wide. Per pixel (kw + pixels - 1) / pixels columns of products instead of kw.
 */
function besideItself(
  { builder, block }: Layout,
  filter: GraphNode,
  attrs: WindowAttrs,
  columns: number,
): { filter: GraphNode; attrs: WindowAttrs; pixels: number } {
  const [kh, kw, c, o] = filter.shape as [number, number, number, number]
  let pixels = Math.floor(block / o)
  while (pixels > 1 && columns % pixels !== 0) pixels--
  const simple = attrs.strides[1] === 1 && attrs.dilations[1] === 1
  if (pixels < 2 || !simple) return { filter, attrs, pixels: 1 }
  const width = kw + pixels - 1
  const shifted = Array.from({ length: pixels }, (_, at) => {
    const paddings = [
      [0, 0],
      [at, pixels - 1 - at],
      [0, 0],
      [0, 0],
    ]
    return builder.add("PadV2", [filter], { paddings, value: 0 }, [kh, width, c, o], "float32")
  })
  return {
    filter: builder.add("Concat", shifted, { axis: 3 }, [kh, width, c, pixels * o], "float32"),
    attrs: { ...attrs, kernel: [attrs.kernel[0], width], strides: [attrs.strides[0], pixels] },
    pixels,
  }
}

function convolve(
  layout: Layout,
  node: GraphNode,
  x: GraphNode,
  plainFilter: GraphNode,
  plainAttrs: WindowAttrs,
): void {
  const { builder, block: b } = layout
  const [n, h, w, c] = x.shape as [number, number, number, number]
  const [, ho, width, channels] = node.shape as [number, number, number, number]
  const { filter, attrs, pixels } = besideItself(layout, plainFilter, plainAttrs, width)
  const wo = width / pixels
  const o = channels * pixels
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
  if (pixels === 1 && o % b === 0) {
    layout.setBlocked(node, result)
    return
  }
  const plain = builder.add("ReorderOutput", [result], { channels: o, last: 1 }, [n, ho, wo, o], "float32")
  layout.setPlain(node, builder.reshape(plain, node.shape))
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
