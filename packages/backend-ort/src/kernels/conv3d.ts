import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core"
import { sameShape, size } from "../shapes.js"
import { convFilterGradient, convForward, convInputGradient, type Window } from "./conv.js"
import { type Infer, input, type Kernel, type KernelCall } from "./define.js"

type Shape5 = [number, number, number, number, number]
type Info = backend_util.Conv3DInfo

export const window3d = (info: Info): Window => ({
  kernel: [info.filterDepth, info.filterHeight, info.filterWidth],
  strides: [info.strideDepth, info.strideHeight, info.strideWidth],
  dilations: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
  pads: [
    info.padInfo.front,
    info.padInfo.top,
    info.padInfo.left,
    info.padInfo.back,
    info.padInfo.bottom,
    info.padInfo.right,
  ],
})

interface Sides {
  readonly x: number[]
  readonly filter: number[]
  readonly inputs: TensorInfo[]
  readonly out?: number[]
  readonly shape: (info: Info) => number[]
}

const infer =
  (name: string, sides: (call: KernelCall) => Sides): Infer =>
  (call) => {
    const { x, filter, inputs, out, shape } = sides(call)
    if (!inputs.every((info) => info.dtype === "float32")) return null
    const info = backend_util.computeConv3DInfo(
      x as Shape5,
      filter as Shape5,
      call.attrs.strides as number,
      (call.attrs.dilations ?? 1) as number,
      call.attrs.pad as "same" | "valid",
    )
    if (size(x) * size(filter) * size(info.outShape) === 0)
      return call.backend.fill(0, shape(info), "float32")
    if (out && !sameShape(out, info.outShape)) return null
    return call.backend.record(name, inputs, window3d(info), shape(info), "float32")
  }

/** Volumes [n, d, h, w, c]. */
export const conv3dKernels: readonly Kernel[] = [
  {
    name: "Conv3D",
    infer: infer("Conv3D", (call) => {
      const x = input(call, "x")
      const filter = input(call, "filter")
      return { x: x.shape, filter: filter.shape, inputs: [x, filter], shape: (info) => info.outShape }
    }),
    emit: convForward(false),
  },
  {
    name: "Conv3DBackpropInputV2",
    infer: infer("Conv3DBackpropInputV2", (call) => {
      const dy = input(call, "dy")
      const filter = input(call, "filter")
      const x = call.attrs.inputShape as number[]
      return { x, filter: filter.shape, inputs: [dy, filter], out: dy.shape, shape: () => x }
    }),
    emit: convInputGradient(false),
  },
  {
    name: "Conv3DBackpropFilterV2",
    infer: infer("Conv3DBackpropFilterV2", (call) => {
      const x = input(call, "x")
      const dy = input(call, "dy")
      const filter = call.attrs.filterShape as number[]
      return { x: x.shape, filter, inputs: [x, dy], out: dy.shape, shape: () => filter }
    }),
    emit: convFilterGradient(false),
  },
]
