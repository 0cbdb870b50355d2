import { backend_util, type DataType, type TensorInfo } from "@tensorflow/tfjs-core"
import type { Emitter } from "../emitter.js"
import type { GraphNode } from "../graph.js"
import { positiveAxes, type Shape } from "../shapes.js"
import { type Emit, type Infer, input, type Kernel } from "./define.js"
import { asFloat } from "./unary.js"

/** Merges neighboring axes that are both reduced or both kept: onnxruntime is fast for one axis among two or three. */
export function collapse(shape: Shape, axes: readonly number[]): { dims: number[]; axes: number[] } {
  const dims: number[] = []
  const reduced: boolean[] = []
  shape.forEach((dim, i) => {
    const isReduced = axes.includes(i)
    if (reduced.length > 0 && reduced.at(-1) === isReduced) dims[dims.length - 1]! *= dim
    else {
      dims.push(dim)
      reduced.push(isReduced)
    }
  })
  return { dims, axes: reduced.flatMap((isReduced, i) => (isReduced ? [i] : [])) }
}

const number = (x: TensorInfo): DataType => (x.dtype === "bool" ? "int32" : x.dtype)

function reduction(name: string, dtype: (x: TensorInfo) => DataType): Infer {
  return ({ inputs, attrs, backend }) => {
    const x = inputs.x as TensorInfo
    // Max and Min of tfjs name the axes differently, depending on the caller.
    const axis = (attrs.axis ?? attrs.reductionIndices) as number | number[] | undefined
    const axes = positiveAxes(axis, x.shape)
    const [out, reduced] = backend_util.computeOutAndReduceShapes(x.shape, axes)
    // A reduction of nothing needs the neutral element; the cpu backend knows it.
    if (reduced.includes(0) || out.includes(0)) return null
    const shape = attrs.keepDims ? backend_util.expandShapeToKeepDim(out, axes) : out
    return backend.record(name, [x], { axes }, shape, dtype(x))
  }
}

function reduceTo(op: string, x: string, node: GraphNode, e: Emitter): string {
  const source = node.inputs[0]!.shape
  const { dims, axes } = collapse(source, node.attrs.axes as number[])
  if (axes.length === 0) return e.op("Identity", [x])
  const reduced = e.op(op, [e.reshape(x, dims), e.ints(axes)], { keepdims: 0 })
  return e.reshape(reduced, node.shape)
}

const kernel = (name: string, dtype: (x: TensorInfo) => DataType): Kernel => {
  const emit: Emit = (node, [x], e) => {
    const value = node.inputs[0]!.dtype === node.dtype ? x! : e.cast(x!, node.dtype)
    return reduceTo(`Reduce${name}`, value, node, e)
  }
  return { name, infer: reduction(name, dtype), emit }
}

/** ONNX skips NaN in ReduceMax and ReduceMin; tfjs returns it, and a NaN watch needs that. */
const extreme = (name: string): Kernel => ({
  name,
  infer: reduction(name, (x) => x.dtype),
  emit: (node, [x], e) => {
    if (node.dtype === "bool") return e.cast(reduceTo(`Reduce${name}`, e.cast(x!, "int32"), node, e), "bool")
    const value = x!
    const result = reduceTo(`Reduce${name}`, value, node, e)
    if (node.dtype !== "float32") return result
    const nan = reduceTo("ReduceMax", e.cast(e.op("IsNaN", [value]), "int32"), node, e)
    return e.op("Where", [e.cast(nan, "bool"), e.fill("float32", Number.NaN), result])
  },
})

// A maximum over booleans is "any", a minimum "all".
const quantifier = (name: string, op: string): Kernel => ({
  name,
  infer: reduction(name, () => "bool"),
  emit: (node, [x], e) => e.cast(reduceTo(op, e.cast(x!, "int32"), node, e), "bool"),
})

const position = (name: string, worst: number): Kernel => ({
  name,
  infer: (call) => {
    const x = input(call, "x")
    const [axis] = positiveAxes(call.attrs.axis as number, x.shape)
    if (x.shape.includes(0)) return null
    return call.backend.record(
      name,
      [x],
      { axis },
      x.shape.filter((_, i) => i !== axis),
      "int32",
    )
  },
  emit: (node, [x], e) => {
    let value = node.inputs[0]!.dtype === "bool" ? e.cast(x!, "int32") : x!
    // tfjs passes over NaN.
    if (node.inputs[0]!.dtype === "float32")
      value = e.op("Where", [e.op("IsNaN", [value]), e.fill("float32", worst), value])
    return e.cast(e.op(name, [value], { axis: node.attrs.axis as number, keepdims: 0 }), "int32")
  },
})

const softmax = (name: string): Kernel => ({
  name,
  infer: (call) => {
    const logits = input(call, "logits")
    const last = logits.shape.length - 1
    const axis = (call.attrs.axis ?? call.attrs.dim ?? -1) as number
    if (axis !== -1 && axis !== last) return null
    return call.backend.record(name, [logits], null, logits.shape, "float32")
  },
  emit: (node, [x], e) => e.op(name, [asFloat(x!, node.inputs[0]!.dtype, e)], { axis: -1 }),
})

export const reduceKernels: readonly Kernel[] = [
  kernel("Sum", number),
  kernel("Mean", () => "float32"),
  extreme("Max"),
  extreme("Min"),
  kernel("Prod", number),
  quantifier("All", "ReduceMin"),
  quantifier("Any", "ReduceMax"),
  position("ArgMax", Number.NEGATIVE_INFINITY),
  position("ArgMin", Number.POSITIVE_INFINITY),
  softmax("Softmax"),
  softmax("LogSoftmax"),
]
