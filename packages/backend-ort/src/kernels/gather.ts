import { type DataType, type TensorInfo, util } from "@tensorflow/tfjs-core"
import { positiveAxes, range, size } from "../shapes.js"
import { input, type Kernel } from "./define.js"
import { asFloat } from "./unary.js"

export const gatherKernels: readonly Kernel[] = [
  {
    name: "GatherV2",
    infer: ({ inputs, attrs, backend }) => {
      const x = inputs.x as TensorInfo
      const indices = inputs.indices as TensorInfo
      const [axis] = positiveAxes((attrs.axis ?? 0) as number, x.shape)
      if (attrs.batchDims || indices.dtype !== "int32") return null
      const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis! + 1)]
      return backend.record("GatherV2", [x, indices], { axis }, shape, x.dtype)
    },
    emit: (node, [x, indices], e) => e.op("Gather", [x!, indices!], { axis: node.attrs.axis as number }),
  },
  {
    name: "OneHot",
    infer: (call) => {
      const indices = input(call, "indices")
      const { depth, onValue, offValue } = call.attrs as { depth: number; onValue: number; offValue: number }
      const dtype = (call.attrs.dtype ?? "int32") as DataType
      const shape = [...indices.shape, depth]
      return call.backend.record("OneHot", [indices], { depth, on: onValue, off: offValue }, shape, dtype)
    },
    emit: (node, [indices], e) => {
      const { depth, on, off } = node.attrs as { depth: number; on: number; off: number }
      const integers = node.inputs[0]!.dtype === "int32" ? indices! : e.cast(indices!, "int32")
      const column = e.reshape(integers, [...node.inputs[0]!.shape, 1])
      const hit = e.op("Equal", [column, e.int32s(range(depth), [depth])])
      const type = node.dtype === "bool" ? "int32" : node.dtype
      const result = e.op("Where", [hit, e.fill(type, Number(on)), e.fill(type, Number(off))])
      return node.dtype === "bool" ? e.cast(result, "bool") : result
    },
  },
  {
    name: "UnsortedSegmentSum",
    infer: ({ inputs, attrs, backend }) => {
      const x = inputs.x as TensorInfo
      const ids = inputs.segmentIds as TensorInfo
      const segments = attrs.numSegments as number
      util.assertShapesMatch(
        ids.shape,
        x.shape.slice(0, ids.shape.length),
        "segmentIds must lead the shape of x: ",
      )
      if (x.shape.includes(0)) return null
      const shape = [segments, ...x.shape.slice(ids.shape.length)]
      return backend.record("UnsortedSegmentSum", [x, ids], null, shape, x.dtype)
    },
    // As a product with the one-hot matrix: no scatter, and the order of the sum is fixed.
    emit: (node, [x, ids], e) => {
      const [values, segmentIds] = node.inputs
      const segments = node.shape[0]!
      const rows = size(segmentIds!.shape)
      const hit = e.op("Equal", [e.reshape(ids!, [1, rows]), e.int32s(range(segments), [segments, 1])])
      const flat = e.reshape(asFloat(x!, values!.dtype, e), [rows, size(values!.shape) / rows])
      const sums = e.reshape(e.op("MatMul", [e.cast(hit, "float32"), flat]), node.shape)
      return node.dtype === "float32" ? sums : e.cast(sums, node.dtype)
    },
  },
]
