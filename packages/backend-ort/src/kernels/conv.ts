import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core"
import type { Emitter } from "../emitter.js"
import type { Attrs, GraphNode } from "../graph.js"
import { range, sameShape, size } from "../shapes.js"
import { composed } from "./compose.js"
import { type Emit, type Infer, input, type Kernel, type KernelCall } from "./define.js"

/** Attributes of convolutions and poolings, one entry a spatial axis. Pads: all begins, then all ends. */
export interface Window extends Attrs {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly pads: readonly number[]
}

/** The window over height and width. Pads: top, left, bottom, right. */
export interface WindowAttrs extends Window {
  readonly kernel: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly dilations: readonly [number, number]
  readonly pads: readonly [number, number, number, number]
}

export const windowAttrs = (info: backend_util.Conv2DInfo): WindowAttrs => ({
  kernel: [info.filterHeight, info.filterWidth],
  strides: [info.strideHeight, info.strideWidth],
  dilations: [info.dilationHeight, info.dilationWidth],
  pads: [info.padInfo.top, info.padInfo.left, info.padInfo.bottom, info.padInfo.right],
})

export const onnxWindow = ({ kernel, strides, dilations, pads }: Window) => ({
  kernel_shape: kernel,
  strides,
  dilations,
  pads,
})

/** [n, spatial.., c] -> [n, c, spatial..] of that rank, and back. */
export const channelsFirst = (rank: number): number[] => [0, rank - 1, ...range(rank - 2).map((i) => i + 1)]
export const channelsLast = (rank: number): number[] => [0, ...range(rank - 2).map((i) => i + 2), 1]

/** [spatial.., i, o] -> [o, i, spatial..]; of a depthwise filter, [c * multiplier, 1, spatial..]. */
function onnxFilter(filter: string, shape: readonly number[], depthwise: boolean, e: Emitter): string {
  const spatial = range(shape.length - 2)
  const [i, o] = [shape.length - 2, shape.length - 1]
  if (!depthwise) return e.transpose(filter, [o, i, ...spatial])
  return e.reshape(e.transpose(filter, [i, o, ...spatial]), [shape[i]! * shape[o]!, 1, ...shape.slice(0, i)])
}

export const convForward =
  (depthwise: boolean): Emit =>
  (node, [x, filter], e) => {
    const [, weights] = node.inputs
    const rank = node.shape.length
    const group = depthwise ? weights!.shape[rank - 2]! : 1
    const inputs = [e.transpose(x!, channelsFirst(rank)), onnxFilter(filter!, weights!.shape, depthwise, e)]
    const result = e.op("Conv", inputs, { ...onnxWindow(node.attrs as Window), group })
    return e.transpose(result, channelsLast(rank))
  }

/** What the windows of `out` positions leave of each axis of `shape`: rows at the end that no window touched. */
export const untouched = (node: GraphNode, out: readonly number[]): number[] => {
  const { kernel, strides, dilations, pads } = node.attrs as Window
  return kernel.map((length, i) => {
    const extent = (length - 1) * dilations[i]! + 1
    const reached = (out[i + 1]! - 1) * strides[i]! + extent - pads[i]! - pads[i + kernel.length]!
    return node.shape[i + 1]! - reached
  })
}

export const convInputGradient =
  (depthwise: boolean): Emit =>
  (node, [dy, filter], e) => {
    const [gradient, weights] = node.inputs
    const rank = node.shape.length
    const rest = untouched(node, gradient!.shape)
    const group = depthwise ? weights!.shape[rank - 2]! : 1
    const inputs = [e.transpose(dy!, channelsFirst(rank)), onnxFilter(filter!, weights!.shape, depthwise, e)]
    const attrs = { ...onnxWindow(node.attrs as Window), output_padding: rest, group }
    return e.transpose(e.op("ConvTranspose", inputs, attrs), channelsLast(rank))
  }

/**
 * The filter gradient as a convolution with the batch in the place of the channels and dy as the filter: a stride becomes
 * a dilation and a dilation a stride. passes/filter-gradient.ts has a faster form of the undilated, flat case.
 */
export const convFilterGradient =
  (depthwise: boolean): Emit =>
  (node, [x, dy], e) => {
    const [source, gradient] = node.inputs
    const rank = source!.shape.length
    const window = node.attrs as Window
    const spatial = range(rank - 2).map((i) => i + 1)
    const [n, c] = [source!.shape[0]!, source!.shape[rank - 1]!]
    let image = e.transpose(x!, [rank - 1, 0, ...spatial])
    if (depthwise) image = e.reshape(image, [1, c * n, ...source!.shape.slice(1, -1)])
    const filter = e.transpose(dy!, [rank - 1, 0, ...spatial])
    const result = e.op("Conv", [image, filter], {
      kernel_shape: gradient!.shape.slice(1, -1),
      strides: window.dilations,
      dilations: window.strides,
      pads: window.pads,
      group: depthwise ? c : 1,
    })
    // Rows of x beyond the last window give surplus positions.
    const axes = spatial.map((i) => i + 1)
    const cut = e.op("Slice", [result, e.ints(axes.map(() => 0)), e.ints(window.kernel), e.ints(axes)])
    const shaped = depthwise ? e.reshape(cut, [c, gradient!.shape[rank - 1]! / c, ...window.kernel]) : cut
    return e.transpose(shaped, [...axes, 0, 1])
  }

type Shape4 = [number, number, number, number]

function convInfo(
  { attrs }: KernelCall,
  x: number[],
  filter: number[],
  depthwise: boolean,
): backend_util.Conv2DInfo {
  return backend_util.computeConv2DInfo(
    x as Shape4,
    filter as Shape4,
    attrs.strides as number,
    (attrs.dilations ?? 1) as number,
    attrs.pad as "same" | "valid" | number,
    attrs.dimRoundingMode as "floor" | undefined,
    depthwise,
    "channelsLast",
  )
}

interface Sides {
  readonly x: number[]
  readonly filter: number[]
  readonly inputs: TensorInfo[]
  /** Shape of a given dy: conv2dTranspose may pass one that no forward convolution has. */
  readonly out?: number[]
  readonly shape: (info: backend_util.Conv2DInfo) => number[]
}

/** The call on [n, c, h, w] values, by way of the usual order. */
const channelsFirstCall = (name: string, images: readonly string[], result: boolean): Infer =>
  composed((c, { inputs, attrs }) => {
    const moved: Record<string, TensorInfo> = {}
    for (const [key, value] of Object.entries(inputs) as [string, TensorInfo][])
      moved[key] = images.includes(key) ? c.transpose(value, channelsLast(4)) : value
    const { pad, inputShape } = attrs as { pad: unknown; inputShape?: number[] }
    const out = c.run(name, moved, {
      ...attrs,
      dataFormat: "NHWC",
      pad: Array.isArray(pad) ? channelsLast(4).map((axis) => pad[axis]) : pad,
      ...(inputShape && { inputShape: channelsLast(4).map((axis) => inputShape[axis]) }),
    })
    return result ? c.transpose(out, channelsFirst(4)) : out
  })

const infer = (
  name: string,
  sides: (call: KernelCall) => Sides,
  { depthwise = false, images = [] as readonly string[], result = true } = {},
): Infer => {
  const other = channelsFirstCall(name, images, result)
  return (call) => {
    if (call.attrs.dataFormat === "NCHW") return other(call)
    const { x, filter, inputs, out, shape } = sides(call)
    if (inputs[0]!.dtype !== "float32" || inputs[1]!.dtype !== "float32") return null
    const info = convInfo(call, x, filter, depthwise)
    if (size(x) * size(filter) * size(info.outShape) === 0)
      return call.backend.fill(0, shape(info), "float32")
    if (out && !sameShape(out, info.outShape)) return null
    // Grouped convolution (filter depth below the input's) is left to the cpu backend.
    if (!depthwise && x[3] !== filter[2]) return null
    return call.backend.record(name, inputs, windowAttrs(info), shape(info), "float32")
  }
}

const forward = (call: KernelCall): Sides => {
  const x = input(call, "x")
  const filter = input(call, "filter")
  return { x: x.shape, filter: filter.shape, inputs: [x, filter], shape: (info) => info.outShape }
}
const inputGradient = (call: KernelCall): Sides => {
  const dy = input(call, "dy")
  const filter = input(call, "filter")
  const x = call.attrs.inputShape as number[]
  return { x, filter: filter.shape, inputs: [dy, filter], out: dy.shape, shape: (info) => info.inShape }
}
const filterGradient = (call: KernelCall): Sides => {
  const x = input(call, "x")
  const dy = input(call, "dy")
  const filter = call.attrs.filterShape as number[]
  return { x: x.shape, filter, inputs: [x, dy], out: dy.shape, shape: (info) => info.filterShape }
}

/** Plain forms, complete without any pass; passes replace them where they can. */
export const convKernels: readonly Kernel[] = [
  { name: "Conv2D", infer: infer("Conv2D", forward, { images: ["x"] }), emit: convForward(false) },
  {
    name: "Conv2DBackpropInput",
    infer: infer("Conv2DBackpropInput", inputGradient, { images: ["dy"] }),
    emit: convInputGradient(false),
  },
  {
    name: "Conv2DBackpropFilter",
    infer: infer("Conv2DBackpropFilter", filterGradient, { images: ["x", "dy"], result: false }),
    emit: convFilterGradient(false),
  },
  {
    name: "DepthwiseConv2dNative",
    infer: infer("DepthwiseConv2dNative", forward, { depthwise: true, images: ["x"] }),
    emit: convForward(true),
  },
  {
    name: "DepthwiseConv2dNativeBackpropInput",
    infer: infer("DepthwiseConv2dNativeBackpropInput", inputGradient, { depthwise: true, images: ["dy"] }),
    emit: convInputGradient(true),
  },
  {
    name: "DepthwiseConv2dNativeBackpropFilter",
    infer: infer("DepthwiseConv2dNativeBackpropFilter", filterGradient, {
      depthwise: true,
      images: ["x", "dy"],
      result: false,
    }),
    emit: convFilterGradient(true),
  },
]
