import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core"
import type { Attrs } from "../graph.js"
import { sameShape } from "../shapes.js"
import { type Infer, input, type Kernel, type KernelCall } from "./define.js"

/** Attributes of the three convolution kernels and of both poolings. Pads: top, left, bottom, right. */
export interface WindowAttrs extends Attrs {
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

type Shape4 = [number, number, number, number]

function convInfo(
  { attrs }: KernelCall,
  x: number[],
  filter: number[],
  depthwise = false,
): backend_util.Conv2DInfo | null {
  if (attrs.dataFormat !== undefined && attrs.dataFormat !== "NHWC") return null
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

const infer =
  (name: string, sides: (call: KernelCall) => Sides, depthwise = false): Infer =>
  (call) => {
    const { x, filter, inputs, out, shape } = sides(call)
    const info = convInfo(call, x, filter, depthwise)
    if (!info || [...x, ...filter, ...info.outShape].includes(0)) return null
    if (out && !sameShape(out, info.outShape)) return null
    // Grouped convolution (filter depth below the input's) is left to the cpu backend.
    if (!depthwise && x[3] !== filter[2]) return null
    // The filter gradient flattens width and channels, which a dilated width would interleave.
    if (name === "Conv2DBackpropFilter" && info.dilationWidth !== 1) return null
    return call.backend.record(name, inputs, windowAttrs(info), shape(info), "float32")
  }

const TO_NCHW = [0, 3, 1, 2]
const TO_NHWC = [0, 2, 3, 1]

const onnxWindow = ({ kernel, strides, dilations, pads }: WindowAttrs) => ({
  kernel_shape: kernel,
  strides,
  dilations,
  pads,
})

/** Plain forms, complete without the blocked layout; passes replace them where they can. */
export const convKernels: readonly Kernel[] = [
  {
    name: "Conv2D",
    infer: infer("Conv2D", (call) => {
      const x = input(call, "x")
      const filter = input(call, "filter")
      return { x: x.shape, filter: filter.shape, inputs: [x, filter], shape: (info) => info.outShape }
    }),
    emit: (node, [x, filter], e) => {
      const inputs = [e.transpose(x!, TO_NCHW), e.transpose(filter!, [3, 2, 0, 1])]
      return e.transpose(e.op("Conv", inputs, onnxWindow(node.attrs as WindowAttrs)), TO_NHWC)
    },
  },
  {
    name: "Conv2DBackpropInput",
    infer: infer("Conv2DBackpropInput", (call) => {
      const dy = input(call, "dy")
      const filter = input(call, "filter")
      const x = call.attrs.inputShape as number[]
      return { x, filter: filter.shape, inputs: [dy, filter], out: dy.shape, shape: (info) => info.inShape }
    }),
    emit: (node, [dy, filter], e) => {
      const attrs = node.attrs as WindowAttrs
      const out = node.inputs[0]!.shape
      // Rows and columns at the end of x that no window touched.
      const rest = [0, 1].map((i) => {
        const extent = (attrs.kernel[i]! - 1) * attrs.dilations[i]! + 1
        return (
          node.shape[1 + i]! -
          ((out[1 + i]! - 1) * attrs.strides[i]! + extent - attrs.pads[i]! - attrs.pads[i + 2]!)
        )
      })
      const inputs = [e.transpose(dy!, TO_NCHW), e.transpose(filter!, [3, 2, 0, 1])]
      const result = e.op("ConvTranspose", inputs, { ...onnxWindow(attrs), output_padding: rest })
      return e.transpose(result, TO_NHWC)
    },
  },
  {
    // Its form is passes/filter-gradient.ts; the graph never reaches emission with it.
    name: "Conv2DBackpropFilter",
    infer: infer("Conv2DBackpropFilter", (call) => {
      const x = input(call, "x")
      const dy = input(call, "dy")
      const filter = call.attrs.filterShape as number[]
      return { x: x.shape, filter, inputs: [x, dy], shape: (info) => info.filterShape }
    }),
  },
  {
    name: "DepthwiseConv2dNative",
    infer: infer(
      "DepthwiseConv2dNative",
      (call) => {
        const x = input(call, "x")
        const filter = input(call, "filter")
        return { x: x.shape, filter: filter.shape, inputs: [x, filter], shape: (info) => info.outShape }
      },
      true,
    ),
    emit: (node, [x, filter], e) => {
      const [height, width, channels, multiplier] = node.inputs[1]!.shape
      const weights = e.reshape(e.transpose(filter!, [2, 3, 0, 1]), [
        channels! * multiplier!,
        1,
        height!,
        width!,
      ])
      const attrs = { ...onnxWindow(node.attrs as WindowAttrs), group: channels! }
      return e.transpose(e.op("Conv", [e.transpose(x!, TO_NCHW), weights], attrs), TO_NHWC)
    },
  },
]
