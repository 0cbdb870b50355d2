import { upcastType } from "@tensorflow/tfjs-core"
import type { Emitter } from "../emitter.js"
import type { Dtype, GraphNode } from "../graph.js"
import { positiveAxes } from "../shapes.js"
import { type Emit, input, type Kernel } from "./define.js"

interface ScanAttrs {
  readonly axis: number
  readonly exclusive: boolean
  readonly reverse: boolean
}

const scan = (name: string, emit: Emit): Kernel => ({
  name,
  infer: (call) => {
    const x = input(call, "x")
    const dtype = upcastType(x.dtype, "int32")
    if (x.shape.length === 0) return null
    if (x.shape.includes(0)) return call.backend.fill(0, x.shape, dtype)
    const [axis] = positiveAxes(call.attrs.axis as number, x.shape)
    const attrs = {
      axis,
      exclusive: Boolean(call.attrs.exclusive),
      reverse: Boolean(call.attrs.reverse),
    }
    return call.backend.record(name, [x], attrs, x.shape, dtype)
  },
  emit,
})

const typed = (x: string, node: GraphNode, e: Emitter): string =>
  node.inputs[0]!.dtype === node.dtype ? x : e.cast(x, node.dtype)

/** `x` moved by `steps` towards the end of `axis` (the beginning when reverse), ones coming in. */
function shifted(x: string, node: GraphNode, steps: number, e: Emitter): string {
  const { axis, reverse } = node.attrs as unknown as ScanAttrs
  const length = node.shape[axis]!
  const [from, to] = reverse ? [steps, length] : [0, length - steps]
  const kept = e.op("Slice", [x, e.ints([from]), e.ints([to]), e.ints([axis])])
  const pads = new Array<number>(2 * node.shape.length).fill(0)
  pads[reverse ? axis + node.shape.length : axis] = steps
  return e.op("Pad", [kept, e.ints(pads), e.fill(node.dtype as Dtype, 1)])
}

export const scanKernels: readonly Kernel[] = [
  scan("Cumsum", (node, [x], e) => {
    const { axis, exclusive, reverse } = node.attrs as unknown as ScanAttrs
    const attrs = { exclusive: Number(exclusive), reverse: Number(reverse) }
    return e.op("CumSum", [typed(x!, node, e), e.ints([axis])], attrs)
  }),
  // ONNX has no product scan: windows of doubling length, log2(length) products.
  scan("Cumprod", (node, [x], e) => {
    const { axis, exclusive } = node.attrs as unknown as ScanAttrs
    const length = node.shape[axis]!
    let result = typed(x!, node, e)
    if (exclusive) result = shifted(result, node, 1, e)
    for (let steps = 1; steps < length; steps *= 2)
      result = e.op("Mul", [result, shifted(result, node, steps, e)])
    return result
  }),
]
