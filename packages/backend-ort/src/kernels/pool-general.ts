/**
 * Poolings of any window over height and width or over depth, height and width: overlapping, padded, dilated. The
 * ordinary cases are in pool.ts, where passes find them; these forms keep the plain layout.
 */
import { backend_util, type TensorInfo, util } from "@tensorflow/tfjs-core"
import type { Emitter } from "../emitter.js"
import type { GraphNode } from "../graph.js"
import { range, type Shape, size } from "../shapes.js"
import { channelsFirst, channelsLast, onnxWindow, untouched, type Window } from "./conv.js"
import { window3d } from "./conv3d.js"
import { type Emit, type Infer, input, type Kernel, type KernelCall } from "./define.js"
import { poolInfo } from "./pool.js"

/** onnxruntime wants every pad below the window. */
export const padsBelowWindow = ({ kernel, pads }: Window): boolean =>
  pads.every((pad, i) => pad >= 0 && pad < kernel[i % kernel.length]!)

const undilated = ({ dilations }: Window): boolean => dilations.every((dilation) => dilation === 1)

/** [n, spatial.., c] -> [n * c, 1, spatial..] */
const planes = (x: string, shape: Shape, e: Emitter): string =>
  e.reshape(e.transpose(x, channelsFirst(shape.length)), [
    shape[0]! * shape.at(-1)!,
    1,
    ...shape.slice(1, -1),
  ])

const fromPlanes = (x: string, shape: Shape, e: Emitter): string =>
  e.transpose(e.reshape(x, [shape[0]!, shape.at(-1)!, ...shape.slice(1, -1)]), channelsLast(shape.length))

const ones = ({ kernel }: Window, e: Emitter): string => e.fill("float32", 1, [1, 1, ...kernel])

/** Elements of x in the window of each position along one axis. */
const counts = (node: GraphNode, axis: number): number[] => {
  const { kernel, strides, dilations, pads } = node.attrs as Window
  const length = node.inputs[0]!.shape[axis + 1]!
  return range(node.shape[axis + 1]!).map((position) => {
    const start = position * strides[axis]! - pads[axis]!
    const taps = range(kernel[axis]!).map((tap) => start + tap * dilations[axis]!)
    const count = taps.filter((tap) => tap >= 0 && tap < length).length
    // Nothing but padding: tfjs has NaN in two dimensions and 0 in three.
    return kernel.length === 3 ? Math.max(1, count) : count
  })
}

/** A sum by a convolution with ones, divided by the number of elements that are not padding. */
const averageBySum: Emit = (node, [x], e) => {
  const window = node.attrs as Window
  const sum = e.op("Conv", [planes(x!, node.inputs[0]!.shape, e), ones(window, e)], onnxWindow(window))
  let result = fromPlanes(sum, node.shape, e)
  window.kernel.forEach((_, axis) => {
    const shape = node.shape.map((dim, i) => (i === axis + 1 ? dim : 1))
    result = e.op("Div", [result, e.floats(counts(node, axis), shape)])
  })
  return result
}

/** As tfjs: every element of a window has the same share, at the border too. */
const averageGradient: Emit = (node, [dy], e) => {
  const window = node.attrs as Window
  const out = node.inputs[0]!.shape
  const share = e.op("Mul", [planes(dy!, out, e), e.fill("float32", 1 / size(window.kernel))])
  const attrs = { ...onnxWindow(window), output_padding: untouched(node, out) }
  return fromPlanes(e.op("ConvTranspose", [share, ones(window, e)], attrs), node.shape, e)
}

/** Values and indices of the maxima of [n, c, spatial..], NaN passed over as tfjs does. */
function indexed(x: string, node: GraphNode, e: Emitter): readonly string[] {
  const lowest = e.fill("float32", Number.NEGATIVE_INFINITY)
  const numbers = e.op("Where", [e.op("IsNaN", [x]), lowest, x])
  const planes = e.transpose(numbers, channelsFirst(node.shape.length))
  return e.ops("MaxPool", [planes], 2, onnxWindow(node.attrs as Window))
}

/** onnxruntime's index is that of the first maximum in row-major order, which is the one that tfjs chooses. */
const maximumGradient: Emit = (node, [dy, x], e) => {
  const rank = node.shape.length
  const [total, given] = [size(node.shape), size(node.inputs[0]!.shape)]
  const indices = e.reshape(indexed(x!, node, e)[1]!, [given])
  const gradient = e.reshape(e.transpose(dy!, channelsFirst(rank)), [given])
  const zeros = e.expand("float32", 0, [total])
  const sums = e.op("ScatterElements", [zeros, indices, gradient], { axis: 0, reduction: "add" })
  const shape = channelsFirst(rank).map((axis) => node.shape[axis]!)
  return e.transpose(e.reshape(sums, shape), channelsLast(rank))
}

const maximum: Emit = (node, [x], e) => e.transpose(indexed(x!, node, e)[0]!, channelsLast(node.shape.length))

/** onnxruntime counts in [n, c, h, w], tfjs in [h, w, c] of one sample or of the batch. */
const maximumIndex: Emit = (node, [x], e) => {
  const [, height, width, channels] = node.inputs[0]!.shape as [number, number, number, number]
  const index = e.cast(indexed(x!, node, e)[1]!, "int32")
  const plane = e.op("Mod", [index, e.int32s([height * width], [1])])
  const last = e.transpose(plane, channelsLast(4))
  const scaled = e.op("Mul", [last, e.int32s([channels], [1])])
  const within = e.op("Add", [scaled, e.int32s(range(channels), [channels])])
  if (!node.attrs.batch) return within
  const samples = range(node.shape[0]!).map((n) => n * height * width * channels)
  return e.op("Add", [within, e.int32s(samples, [samples.length, 1, 1, 1])])
}

function poolInfo3d({ attrs }: KernelCall, x: TensorInfo) {
  return backend_util.computePool3DInfo(
    x.shape as [number, number, number, number, number],
    attrs.filterSize as number,
    attrs.strides as number,
    1,
    attrs.pad as "same" | "valid" | number,
    attrs.dimRoundingMode as "floor" | undefined,
    attrs.dataFormat as "NDHWC" | undefined,
  )
}

const forward3d =
  (name: string): Infer =>
  (call) => {
    const x = input(call, "x")
    if (call.attrs.dataFormat === "NCDHW" || x.dtype !== "float32") return null
    const info = poolInfo3d(call, x)
    const window = window3d(info)
    if (size(x.shape) * size(info.outShape) === 0) return null
    const general = !padsBelowWindow(window)
    if (general && name === "MaxPool3D") return null
    return call.backend.record(general ? "GeneralAvgPool" : name, [x], window, info.outShape, "float32")
  }

const gradient3d =
  (name: string): Infer =>
  (call) => {
    const x = input(call, "input")
    const window = window3d(poolInfo3d(call, x))
    if (x.shape.includes(0) || !padsBelowWindow(window)) return null
    const inputs = name === "MaxPool3DGrad" ? [input(call, "dy"), x] : [input(call, "dy")]
    return call.backend.record(name, inputs, window, x.shape, "float32")
  }

export const generalPoolKernels: readonly Kernel[] = [
  { name: "GeneralAvgPool", emit: averageBySum },
  { name: "GeneralAvgPoolGrad", emit: averageGradient },
  { name: "GeneralMaxPoolGrad", emit: maximumGradient },
  { name: "MaxPoolValues", emit: maximum },
  { name: "MaxPoolIndices", emit: maximumIndex },
  {
    name: "AvgPool3D",
    infer: forward3d("AvgPool3D"),
    emit: (node, inputs, e) => {
      const window = node.attrs as Window
      if (!undilated(window)) return averageBySum(node, inputs, e)
      const { dilations: _, ...attrs } = onnxWindow(window)
      const source = e.transpose(inputs[0]!, channelsFirst(5))
      return e.transpose(e.op("AveragePool", [source], { ...attrs, count_include_pad: 0 }), channelsLast(5))
    },
  },
  { name: "MaxPool3D", infer: forward3d("MaxPool3D"), emit: maximum },
  { name: "AvgPool3DGrad", infer: gradient3d("AvgPool3DGrad"), emit: averageGradient },
  { name: "MaxPool3DGrad", infer: gradient3d("MaxPool3DGrad"), emit: maximumGradient },
  {
    name: "MaxPoolWithArgmax",
    infer: (call) => {
      const x = input(call, "x")
      util.assert(
        x.shape.length === 4,
        () => `maxPoolWithArgmax: x must be rank 4 but got rank ${x.shape.length}.`,
      )
      const { window, outShape } = poolInfo(call, x)
      if (x.dtype !== "float32" || x.shape.includes(0) || !padsBelowWindow(window)) return null
      const batch = Boolean(call.attrs.includeBatchInIndex)
      return [
        call.backend.record("MaxPoolValues", [x], window, outShape, "float32"),
        call.backend.record("MaxPoolIndices", [x], { ...window, batch }, outShape, "int32"),
      ]
    },
  },
]
