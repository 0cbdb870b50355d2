import { backend_util, type DataType, type TensorInfo, util } from "@tensorflow/tfjs-core"
import { positiveAxes, range, size } from "../shapes.js"
import { composed } from "./compose.js"
import { type Infer, input, type Kernel } from "./define.js"
import { checkIndices, neverNegative } from "./scatter.js"
import { asFloat } from "./unary.js"

/** Each sample of the leading axes has indices of its own. */
const gatherInBatches: Infer = composed((c, { inputs, attrs, backend }) => {
  const x = inputs.x as TensorInfo
  const indices = inputs.indices as TensorInfo
  type Collect = Parameters<typeof backend_util.segment_util.collectGatherOpShapeInfo>
  const [axis] = positiveAxes((attrs.axis ?? 0) as number, x.shape)
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } =
    backend_util.segment_util.collectGatherOpShapeInfo(
      x as Collect[0],
      indices as Collect[1],
      axis!,
      attrs.batchDims as number,
    )
  if (size(x.shape) * size(indices.shape) === 0) return null
  const rows = c.transpose(c.reshape(x, [batchSize, outerSize, dimSize, sliceSize]), [0, 2, 1, 3])
  const count = size(indices.shape) / batchSize
  const gathered = backend.record(
    "BatchGather",
    [rows, c.reshape(indices, [batchSize, count])],
    null,
    [batchSize, count, outerSize, sliceSize],
    x.dtype,
  )
  return c.reshape(c.transpose(c.own(gathered), [0, 2, 1, 3]), outputShape)
})

export const gatherKernels: readonly Kernel[] = [
  {
    name: "GatherV2",
    infer: ({ inputs, attrs, backend }) => {
      const x = inputs.x as TensorInfo
      const indices = inputs.indices as TensorInfo
      const [axis] = positiveAxes((attrs.axis ?? 0) as number, x.shape)
      if (indices.dtype !== "int32") return null
      const limit = x.shape[axis!]!
      const message = ([at]: number[]) => `GatherV2: the index value ${at} is not in [0, ${limit - 1}]`
      checkIndices(backend, indices, 1, [limit], message)
      if (attrs.batchDims) return gatherInBatches({ inputs, attrs, backend })
      const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis! + 1)]
      return backend.record("GatherV2", [x, indices], { axis }, shape, x.dtype)
    },
    emit: (node, [x, indices], e) =>
      e.op("Gather", [x!, neverNegative(indices!, e)], { axis: node.attrs.axis as number }),
  },
  {
    // x [batch, dim, outer, slice], indices [batch, count] -> [batch, count, outer, slice]
    name: "BatchGather",
    emit: (node, [x, indices], e) => {
      const column = e.reshape(e.cast(neverNegative(indices!, e), "int64"), [...node.inputs[1]!.shape, 1])
      return e.op("GatherND", [x!, column], { batch_dims: 1 })
    },
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
