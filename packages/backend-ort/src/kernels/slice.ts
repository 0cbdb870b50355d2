import { backend_util, slice_util, type TensorInfo, util } from "@tensorflow/tfjs-core"
import type { OrtBackend } from "../backend.js"
import { literal } from "../constants.js"
import { positiveAxes, range, sameShape } from "../shapes.js"
import { input, type Kernel } from "./define.js"
import { reshapeTo } from "./shape.js"

function slice(backend: OrtBackend, x: TensorInfo, begin: number[], shape: number[]): TensorInfo {
  if (sameShape(x.shape, shape)) return backend.share(x)
  const fill = backend.fillValue(x)
  if (fill !== undefined) return backend.fill(fill, shape, x.dtype)
  return backend.record("Slice", [x], { begin }, shape, x.dtype)
}

/** The slice of `x` along one axis. */
function along(backend: OrtBackend, x: TensorInfo, axis: number, start: number, length: number): TensorInfo {
  const begin = x.shape.map((_, i) => (i === axis ? start : 0))
  return slice(
    backend,
    x,
    begin,
    x.shape.map((dim, i) => (i === axis ? length : dim)),
  )
}

export const sliceKernels: readonly Kernel[] = [
  {
    name: "Slice",
    infer: (call) => {
      const x = input(call, "x")
      const [begin, shape] = slice_util.parseSliceParams(
        x as Parameters<typeof slice_util.parseSliceParams>[0],
        call.attrs.begin as number[],
        call.attrs.size as number[],
      )
      slice_util.assertParamsValid(x, begin!, shape!)
      return slice(call.backend, x, begin!, shape!)
    },
    emit: (node, [x], e) => {
      const begin = node.attrs.begin as number[]
      const axes = begin.flatMap((_, i) => (node.shape[i] === node.inputs[0]!.shape[i] ? [] : [i]))
      const starts = axes.map((i) => begin[i]!)
      const ends = axes.map((i) => begin[i]! + node.shape[i]!)
      return e.op("Slice", [x!, e.ints(starts), e.ints(ends), e.ints(axes)])
    },
  },
  {
    name: "SplitV",
    infer: (call) => {
      const x = input(call, "x")
      const [axis] = positiveAxes(call.attrs.axis as number, x.shape)
      const sizes = backend_util.prepareSplitSize(
        x as Parameters<typeof backend_util.prepareSplitSize>[0],
        call.attrs.numOrSizeSplits as number[] | number,
        axis,
      )
      let start = 0
      return sizes.map((length) => {
        start += length
        return along(call.backend, x, axis!, start - length, length)
      })
    },
  },
  {
    name: "Unpack",
    infer: (call) => {
      const x = input(call, "value")
      const rank = x.shape.length
      const axis = ((call.attrs.axis as number) + rank) % rank
      const shape = x.shape.filter((_, i) => i !== axis)
      return Array.from({ length: x.shape[axis]! }, (_, i) => {
        const part = along(call.backend, x, axis, i, 1)
        const result = reshapeTo(call.backend, part, shape)
        call.backend.disposeData(part.dataId)
        return result
      })
    },
  },
  {
    name: "StridedSlice",
    infer: (call) => {
      const x = input(call, "x")
      const a = call.attrs as Record<string, number> & { begin: unknown; end: unknown; strides: unknown }
      const info = slice_util.sliceInfo(
        x.shape,
        a.begin as number[],
        a.end as number[],
        a.strides as number[],
        a.beginMask!,
        a.endMask!,
        a.ellipsisMask!,
        a.newAxisMask!,
        a.shrinkAxisMask!,
      )
      const { begin, end, strides } = info
      const shape = slice_util.computeOutShape(begin, end, strides)
      if (shape.includes(0)) return call.backend.fill(0, info.finalShape, x.dtype)
      const sliced = call.backend.record("StridedSlice", [x], { begin, end, strides }, shape, x.dtype)
      const result = reshapeTo(call.backend, sliced, info.finalShape)
      call.backend.disposeData(sliced.dataId)
      return result
    },
    emit: (node, [x], e) => {
      const { begin, end, strides } = node.attrs as Record<"begin" | "end" | "strides", number[]>
      // Going down to the first element ends before it, which ONNX writes as far below zero.
      const ends = end.map((stop, i) => (strides[i]! < 0 && stop < 0 ? -(2 ** 31) : stop))
      const axes = begin.map((_, i) => i)
      return e.op("Slice", [x!, e.ints(begin), e.ints(ends), e.ints(axes), e.ints(strides)])
    },
  },
  {
    name: "PadV2",
    infer: (call) => {
      const x = input(call, "x")
      const paddings = call.attrs.paddings as [number, number][]
      const shape = x.shape.map((dim, i) => dim + paddings[i]![0] + paddings[i]![1])
      if (sameShape(shape, x.shape)) return call.backend.share(x)
      if (util.sizeFromShape(x.shape) === 0)
        return call.backend.fill(call.attrs.constantValue as number, shape, x.dtype)
      return call.backend.record(
        "PadV2",
        [x],
        { paddings, value: literal((call.attrs.constantValue ?? 0) as number) },
        shape,
        x.dtype,
      )
    },
    emit: (node, [x], e) => {
      const paddings = node.attrs.paddings as [number, number][]
      const pads = e.ints([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)])
      if (node.dtype !== "bool") return e.op("Pad", [x!, pads, e.fill(node.dtype, Number(node.attrs.value))])
      return e.cast(
        e.op("Pad", [e.cast(x!, "int32"), pads, e.fill("int32", Number(node.attrs.value))]),
        "bool",
      )
    },
  },
  {
    name: "MirrorPad",
    infer: (call) => {
      const x = input(call, "x")
      const paddings = call.attrs.paddings as [number, number][]
      const shape = x.shape.map((dim, i) => dim + paddings[i]![0] + paddings[i]![1])
      return call.backend.record("MirrorPad", [x], { paddings, mode: call.attrs.mode }, shape, x.dtype)
    },
    emit: (node, [x], e) => {
      // Symmetric repeats the border element and has no ONNX mode: both are gathers of known positions.
      const edge = node.attrs.mode === "reflect" ? 0 : 1
      const paddings = node.attrs.paddings as [number, number][]
      return paddings.reduce((value, [before, after], axis) => {
        if (before + after === 0) return value
        const last = node.inputs[0]!.shape[axis]! - 1
        const positions = range(before + last + 1 + after).map((i) => {
          const position = i - before
          if (position < 0) return -position - edge
          return position > last ? 2 * last - position + edge : position
        })
        return e.op("Gather", [value, e.int32s(positions, [positions.length])], { axis })
      }, x!)
    },
  },
]
