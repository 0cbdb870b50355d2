import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core"
import type { Emitter } from "../emitter.js"
import type { GraphNode } from "../graph.js"
import { range, size } from "../shapes.js"
import { type WindowAttrs, windowAttrs } from "./conv.js"
import { type Emit, input, type Kernel, type KernelCall } from "./define.js"

function dilationInfo({ attrs }: KernelCall, x: TensorInfo, filter: TensorInfo): backend_util.Conv2DInfo {
  return backend_util.computeDilation2DInfo(
    x.shape as [number, number, number, number],
    filter.shape as [number, number, number],
    attrs.strides as number,
    attrs.pad as "same" | "valid" | number,
    "NHWC",
    attrs.dilations as number,
  )
}

/** x + filter for each place in the window, in row-major order: [n, ho, wo, c] each. */
function taps(x: string, filter: string, node: GraphNode, out: readonly number[], e: Emitter): string[] {
  const { kernel, strides, dilations, pads } = node.attrs as WindowAttrs
  const lowest = e.fill("float32", Number.NEGATIVE_INFINITY)
  const padded = e.op("Pad", [x, e.ints([0, pads[0], pads[1], 0, 0, pads[2], pads[3], 0]), lowest])
  return range(kernel[0]).flatMap((row) =>
    range(kernel[1]).map((column) => {
      const starts = [row * dilations[0], column * dilations[1]]
      const ends = starts.map((start, i) => start + (out[i + 1]! - 1) * strides[i]! + 1)
      const part = e.op("Slice", [padded, e.ints(starts), e.ints(ends), e.ints([1, 2]), e.ints(strides)])
      const place = [e.ints([row, column]), e.ints([row + 1, column + 1]), e.ints([0, 1])]
      return e.op("Add", [part, e.reshape(e.op("Slice", [filter, ...place]), [out[3]!])])
    }),
  )
}

/** Which place won each window: the first maximum. */
function winners(values: readonly string[], e: Emitter): string[] {
  const best = values.length === 1 ? values[0]! : e.op("Max", values)
  let open: string | undefined
  return values.map((value) => {
    const equal = e.op("Equal", [value, best])
    const first = open === undefined ? equal : e.op("And", [equal, open])
    const rest = e.op("Not", [equal])
    open = open === undefined ? rest : e.op("And", [open, rest])
    return first
  })
}

const gradient = (name: string, of: "x" | "filter", emit: Emit): Kernel => ({
  name,
  infer: (call) => {
    const [x, filter] = [input(call, "x"), input(call, "filter")]
    const info = dilationInfo(call, x, filter)
    if (size(x.shape) * size(info.outShape) === 0) return null
    const inputs = [x, filter, input(call, "dy")]
    return call.backend.record(name, inputs, windowAttrs(info), { x, filter }[of].shape, "float32")
  },
  emit,
})

/** Grayscale dilation: the maximum of x + filter over each window. */
export const morphologyKernels: readonly Kernel[] = [
  {
    name: "Dilation2D",
    infer: (call) => {
      const [x, filter] = [input(call, "x"), input(call, "filter")]
      const info = dilationInfo(call, x, filter)
      if (size(x.shape) * size(info.outShape) === 0 || x.dtype !== "float32") return null
      return call.backend.record("Dilation2D", [x, filter], windowAttrs(info), info.outShape, "float32")
    },
    emit: (node, [x, filter], e) => e.op("Max", taps(x!, filter!, node, node.shape, e)),
  },
  gradient("Dilation2DBackpropFilter", "filter", (node, [x, filter, dy], e) => {
    const out = node.inputs[2]!.shape
    const sums = winners(taps(x!, filter!, node, out, e), e).map((won) => {
      const share = e.op("Where", [won, dy!, e.fill("float32", 0)])
      return e.op("ReduceSum", [share, e.ints([0, 1, 2])], { keepdims: 0 })
    })
    return e.reshape(sums.length === 1 ? sums[0]! : e.op("Concat", sums, { axis: 0 }), node.shape)
  }),
  gradient("Dilation2DBackpropInput", "x", (node, [x, filter, dy], e) => {
    const { kernel, strides, dilations, pads } = node.attrs as WindowAttrs
    const [n, height, width, c] = node.shape as [number, number, number, number]
    const out = node.inputs[2]!.shape as [number, number, number, number]
    // The flat position in x of the first place of each window, and the distance of the winner from it.
    const along = (count: number, step: number, start: number, shape: number[]) =>
      e.int32s(
        range(count).map((i) => i * step + start),
        shape,
      )
    const corners = [
      along(n, height * width * c, 0, [n, 1, 1, 1]),
      along(out[1], strides[0] * width * c, -pads[0] * width * c, [out[1], 1, 1]),
      along(out[2], strides[1] * c, -pads[1] * c, [out[2], 1]),
      along(c, 1, 0, [c]),
    ]
    const places = winners(taps(x!, filter!, node, out, e), e).map((won, i) => {
      const row = Math.floor(i / kernel[1]) * dilations[0]
      const distance = (row * width + (i % kernel[1]) * dilations[1]) * c
      return e.op("Where", [won, e.fill("int32", distance), e.fill("int32", 0)])
    })
    const position = [...corners, ...places].reduce((sum, part) => e.op("Add", [sum, part]))
    const total = size(out)
    const inputs = [e.expand("float32", 0, [size(node.shape)]), e.reshape(position, [total])]
    const sums = e.op("ScatterElements", [...inputs, e.reshape(dy!, [total])], { axis: 0, reduction: "add" })
    return e.reshape(sums, node.shape)
  }),
]
