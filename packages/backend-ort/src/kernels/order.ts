import type { TensorInfo } from "@tensorflow/tfjs-core"
import type { Emitter } from "../emitter.js"
import type { GraphNode } from "../graph.js"
import { range, size } from "../shapes.js"
import { type Infer, input, type Kernel } from "./define.js"
import { asFloat } from "./unary.js"

/** The k largest along the last axis; of equal ones the first, as tfjs has it. */
const largest = (node: GraphNode, x: string, e: Emitter): readonly string[] => {
  const source = node.inputs[0]!.dtype === "bool" ? e.cast(x, "int32") : x
  return e.ops("TopK", [source, e.ints([node.shape.at(-1)!])], 2, { axis: -1, largest: 1, sorted: 1 })
}

/** Counts of 0 .. size-1 in each row of `x`; a sum of weights where there are weights. */
const counts: (name: string) => Infer = (name) => (call) => {
  const x = input(call, "x")
  const weights = input(call, "weights")
  const { size: bins, binaryOutput } = call.attrs as { size: number; binaryOutput?: boolean }
  const known = call.backend.known(x)
  if (known?.some((value: number) => value < 0)) throw new Error("Input x must be non-negative!")
  if (size(x.shape) === 0) return null
  const weighted = size(weights.shape) > 0 && !binaryOutput
  const inputs: TensorInfo[] = weighted ? [x, weights] : [x]
  // Bincount counts all of x, DenseBincount each row.
  const shape = name === "Bincount" || x.shape.length === 1 ? [bins] : [x.shape[0]!, bins]
  return call.backend.record(name, inputs, { binary: Boolean(binaryOutput) }, shape, weights.dtype)
}

const countKernel = (name: string): Kernel => ({
  name,
  infer: counts(name),
  emit: (node, [x, weights], e) => {
    const rows = node.shape.slice(0, -1)
    const bins = node.shape.at(-1)!
    const length = size(node.inputs[0]!.shape) / size(rows)
    const row = e.reshape(x!, [...rows, 1, length])
    const hit = e.cast(e.op("Equal", [row, e.int32s(range(bins), [bins, 1])]), "float32")
    const axes = e.ints([-1])
    if (node.attrs.binary) return e.cast(e.op("ReduceMax", [hit, axes], { keepdims: 0 }), node.dtype)
    const weight = weights && asFloat(weights, node.inputs[1]!.dtype, e)
    const share = weight ? e.op("Mul", [hit, e.reshape(weight, [...rows, 1, length])]) : hit
    return e.cast(e.op("ReduceSum", [share, axes], { keepdims: 0 }), node.dtype)
  },
})

export const orderKernels: readonly Kernel[] = [
  {
    name: "TopK",
    infer: (call) => {
      const x = input(call, "x")
      const shape = [...x.shape.slice(0, -1), call.attrs.k as number]
      if (size(shape) === 0)
        return [call.backend.fill(0, shape, x.dtype), call.backend.fill(0, shape, "int32")]
      return [
        call.backend.record("TopKValues", [x], null, shape, x.dtype),
        call.backend.record("TopKIndices", [x], null, shape, "int32"),
      ]
    },
  },
  {
    name: "TopKValues",
    emit: (node, [x], e) => {
      const [values] = largest(node, x!, e)
      return node.dtype === "bool" ? e.cast(values!, "bool") : values!
    },
  },
  { name: "TopKIndices", emit: (node, [x], e) => e.cast(largest(node, x!, e)[1]!, "int32") },
  countKernel("Bincount"),
  countKernel("DenseBincount"),
  {
    name: "SearchSorted",
    infer: (call) => {
      const sequence = input(call, "sortedSequence")
      const values = input(call, "values")
      if (size(sequence.shape) * size(values.shape) === 0 || sequence.dtype !== values.dtype) return null
      const attrs = { side: call.attrs.side }
      return call.backend.record("SearchSorted", [sequence, values], attrs, values.shape, "int32")
    },
    // The position is the number of elements before it.
    emit: (node, [sequence, values], e) => {
      const [batch, length] = node.inputs[0]!.shape as [number, number]
      const row = e.reshape(sequence!, [batch, 1, length])
      const column = e.reshape(values!, [...node.shape, 1])
      const before = e.op(node.attrs.side === "left" ? "Less" : "LessOrEqual", [row, column])
      return e.op("ReduceSum", [e.cast(before, "int32"), e.ints([2])], { keepdims: 0 })
    },
  },
]
