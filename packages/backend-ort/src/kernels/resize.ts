import type { TensorInfo } from "@tensorflow/tfjs-core"
import type { Emitter } from "../emitter.js"
import type { GraphNode } from "../graph.js"
import { range, size } from "../shapes.js"
import { type Emit, input, type Kernel, type KernelCall } from "./define.js"
import { repeat } from "./pool.js"
import { asFloat } from "./unary.js"

/** Whole times that `to` is larger than `from`, or null. */
function factors(from: readonly number[], to: readonly number[]): [number, number] | null {
  const rows = to[1]! / from[1]!
  const columns = to[2]! / from[2]!
  return Number.isInteger(rows) && Number.isInteger(columns) ? [rows, columns] : null
}

interface Modes {
  readonly align: boolean
  readonly center: boolean
}
const modes = ({ attrs }: KernelCall): Modes => ({
  align: Boolean(attrs.alignCorners),
  center: Boolean(attrs.halfPixelCenters),
})

/** Input positions per output position, as tfjs counts them: to the pixels' corners, edges or centers. */
const ratio = (from: number, to: number, align: boolean): number =>
  align && to > 1 ? (from - 1) / (to - 1) : from / to

/** The input row of each output row. */
const nearest = (from: number, to: number, { align, center }: Modes): number[] =>
  range(to).map((row) => {
    const position = ratio(from, to, align) * (center ? row + 0.5 : row)
    return Math.max(0, Math.min(from - 1, align ? Math.round(position) : Math.floor(position)))
  })

/** The matrix [to, from] of a resize along one axis. */
function matrix(op: string, from: number, to: number, resize: Modes): number[] {
  const values = new Array<number>(to * from).fill(0)
  if (op.startsWith("ResizeNearest")) {
    nearest(from, to, resize).forEach((source, row) => {
      values[row * from + source] = 1
    })
    return values
  }
  for (let row = 0; row < to; row++) {
    const step = ratio(from, to, resize.align)
    const position = resize.center ? step * (row + 0.5) - 0.5 : step * row
    const low = Math.max(0, Math.floor(position))
    const high = Math.min(from - 1, Math.ceil(position))
    values[row * from + low]! += 1 - (position - low)
    values[row * from + high]! += position - low
  }
  return values
}

/** A resize is linear and separable, so its gradient is a product with the transposed matrix along each axis. */
const gradientByMatrices: Emit = (node, [dy], e) => {
  const [n, height, width, c] = node.shape as [number, number, number, number]
  const [, rows, columns] = node.inputs[0]!.shape as [number, number, number, number]
  const modes = node.attrs as unknown as Modes
  const transposed = (from: number, to: number) =>
    e.transpose(e.floats(matrix(node.op, from, to, modes), [to, from]), [1, 0])
  const vertical = e.op("MatMul", [transposed(height, rows), e.reshape(dy!, [n, rows, columns * c])])
  const horizontal = [transposed(width, columns), e.reshape(vertical, [n, height, columns, c])]
  return e.op("MatMul", horizontal)
}

const gather = (x: string, node: GraphNode, e: Emitter): string =>
  [1, 2].reduce((value, axis) => {
    const rows = nearest(node.inputs[0]!.shape[axis]!, node.shape[axis]!, node.attrs as unknown as Modes)
    return e.op("Gather", [value, e.int32s(rows, [rows.length])], { axis })
  }, x)

const resized = (x: TensorInfo, call: KernelCall): number[] => {
  const [height, width] = call.attrs.size as [number, number]
  return [x.shape[0]!, height, width, x.shape[3]!]
}

export const resizeKernels: readonly Kernel[] = [
  {
    name: "ResizeNearestNeighbor",
    infer: (call) => {
      const x = input(call, "images")
      const shape = resized(x, call)
      if (size(shape) === 0) return call.backend.fill(0, shape, x.dtype)
      const times = factors(x.shape, shape)
      // Enlargement by whole factors: nearest means repeat, with and without half-pixel centers.
      return times && !call.attrs.alignCorners && x.dtype === "float32"
        ? call.backend.record("ResizeNearestNeighbor", [x], { times }, shape, x.dtype)
        : call.backend.record("ResizeNearestAny", [x], { ...modes(call) }, shape, x.dtype)
    },
    emit: (node, [x], e) => repeat(x!, node.inputs[0]!.shape, node.attrs.times as number[], e),
  },
  {
    name: "ResizeNearestNeighborGrad",
    infer: (call) => {
      const x = input(call, "images")
      const dy = input(call, "dy")
      const times = factors(x.shape, dy.shape)
      if (size(dy.shape) === 0) return call.backend.fill(0, x.shape, "float32")
      return times && !call.attrs.alignCorners
        ? call.backend.record("ResizeNearestNeighborGrad", [dy], { times }, x.shape, "float32")
        : call.backend.record("ResizeNearestAnyGrad", [dy], { ...modes(call) }, x.shape, "float32")
    },
    emit: (node, [dy], e) => {
      const [n, h, w, c] = node.shape as [number, number, number, number]
      const [th, tw] = node.attrs.times as [number, number]
      return e.op("ReduceSum", [e.reshape(dy!, [n, h, th, w, tw, c]), e.ints([2, 4])], { keepdims: 0 })
    },
  },
  { name: "ResizeNearestAny", emit: (node, [x], e) => gather(x!, node, e) },
  { name: "ResizeNearestAnyGrad", emit: gradientByMatrices },
  {
    name: "ResizeBilinear",
    infer: (call) => {
      const x = input(call, "images")
      const shape = resized(x, call)
      if (size(shape) === 0) return call.backend.fill(0, shape, "float32")
      return call.backend.record("ResizeBilinear", [x], { ...modes(call) }, shape, "float32")
    },
    emit: (node, [x], e) => {
      const { align, center } = node.attrs as unknown as Modes
      const even = center ? "half_pixel" : "asymmetric"
      return e.op("Resize", [asFloat(x!, node.inputs[0]!.dtype, e), "", "", e.ints(node.shape)], {
        mode: "linear",
        coordinate_transformation_mode: align ? "align_corners" : even,
      })
    },
  },
  {
    name: "ResizeBilinearGrad",
    infer: (call) => {
      const x = input(call, "images")
      const dy = input(call, "dy")
      if (size(dy.shape) === 0) return call.backend.fill(0, x.shape, "float32")
      return call.backend.record("ResizeBilinearGrad", [dy], { ...modes(call) }, x.shape, "float32")
    },
    emit: gradientByMatrices,
  },
  {
    name: "CropAndResize",
    infer: (call) => {
      const image = input(call, "image")
      const boxes = input(call, "boxes")
      const { cropSize, method, extrapolationValue } = call.attrs as Record<string, unknown>
      const shape = [boxes.shape[0]!, ...(cropSize as number[]), image.shape[3]!]
      if (size(shape) * size(image.shape) === 0) return null
      const attrs = { method, outside: extrapolationValue }
      return call.backend.record(
        "CropAndResize",
        [image, boxes, input(call, "boxInd")],
        attrs,
        shape,
        "float32",
      )
    },
    emit: (node, [image, boxes, samples], e) => {
      const { method, outside } = node.attrs as { method: string; outside: number }
      const planes = e.transpose(asFloat(image!, node.inputs[0]!.dtype, e), [0, 3, 1, 2])
      const crop = e.int32s(node.shape.slice(1, 3), [2])
      const attrs = { mode: method, extrapolation_value: { float: outside } }
      const inputs = [planes, boxes!, samples!, crop]
      return e.transpose(e.op("CropAndResize", inputs, attrs, "com.microsoft"), [0, 2, 3, 1])
    },
  },
]
