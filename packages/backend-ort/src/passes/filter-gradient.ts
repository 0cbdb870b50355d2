import { type Graph, GraphBuilder, type GraphNode, type Pass } from "../graph.js"
import type { WindowAttrs } from "../kernels/conv.js"

/**
 * Conv2DBackpropFilter as one plain convolution: the batch takes the place of the channels, dy is the filter, and (w, c)
 * is one axis with dilation stride * c, so nothing is unfolded in memory. x [1, n, h, w * c], dy [o, n, ho, wo]
 * -> [1, o, kh, kw * c]. Best or tied at every shape measured: 49 ms against 91-140 ms for the others at 64x32x32x64 -> 64.
 */
function asConvolution(node: GraphNode, x: GraphNode, dy: GraphNode, builder: GraphBuilder): GraphNode {
  const { kernel, strides, dilations, pads } = node.attrs as WindowAttrs
  const [n, h, w, c] = x.shape as [number, number, number, number]
  const [, ho, wo, o] = dy.shape as [number, number, number, number]
  const [kh, kw] = kernel
  if (kh * kw * strides[0] * strides[1] === 1 && pads.every((pad) => pad === 0)) {
    // 1x1: one matrix product.
    const rows = builder.reshape(x, [n * h * w, c])
    const gradients = builder.reshape(dy, [n * h * w, o])
    const product = builder.add(
      "BatchMatMul",
      [rows, gradients],
      { transposeA: true, transposeB: false },
      [c, o],
      "float32",
    )
    return builder.reshape(product, node.shape)
  }
  const flat = builder.reshape(x, [1, n, h, w * c])
  const filter = builder.transpose(dy, [3, 0, 1, 2])
  const attrs: WindowAttrs = {
    kernel: [ho, wo],
    strides: [dilations[0], 1],
    dilations: [strides[0], strides[1] * c],
    pads: [pads[0], pads[1] * c, pads[2], pads[3] * c],
  }
  // Rows and columns of x beyond the last window give surplus positions, which are cut.
  const rows = Math.floor((h + pads[0] + pads[2] - strides[0] * (ho - 1) - 1) / dilations[0]) + 1
  const columns = (w + pads[1] + pads[3] - strides[1] * (wo - 1)) * c
  let result = builder.add("PlainConv", [flat, filter], attrs, [1, o, rows, columns], "float32")
  if (rows !== kh || columns !== kw * c) {
    result = builder.add("Slice", [result], { begin: [0, 0, 0, 0] }, [1, o, kh, kw * c], "float32")
  }
  return builder.transpose(builder.reshape(result, [o, kh, kw, c]), [1, 2, 3, 0])
}

export const filterGradient: Pass = {
  name: "filter-gradient",
  run(graph: Graph): Graph {
    const builder = new GraphBuilder()
    const replacement = new Map<GraphNode, GraphNode>()
    for (const node of graph.nodes) {
      const inputs = node.inputs.map((input) => replacement.get(input)!)
      // A dilated width would interleave with the channels.
      const isGradient = node.op === "Conv2DBackpropFilter" && (node.attrs as WindowAttrs).dilations[1] === 1
      const made = isGradient
        ? asConvolution(node, inputs[0]!, inputs[1]!, builder)
        : builder.copy(node, inputs)
      replacement.set(node, made)
    }
    return { nodes: builder.nodes, outputs: graph.outputs.map((node) => replacement.get(node)!) }
  },
}
