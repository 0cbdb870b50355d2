import type { TensorInfo } from "@tensorflow/tfjs-core"
import { type Composition, composed } from "./compose.js"
import { input, type Kernel, type KernelCall } from "./define.js"

const kernelOf: Readonly<Record<string, string>> = {
  relu: "Relu",
  relu6: "Relu6",
  elu: "Elu",
  sigmoid: "Sigmoid",
}

/** A vector that belongs to the channels of an [n, c, h, w] value. */
const perChannel = (c: Composition, x: TensorInfo, channelsFirst: boolean): TensorInfo =>
  channelsFirst && x.shape.length === 1 && x.shape[0] !== 1 ? c.reshape(x, [x.shape[0]!, 1, 1]) : x

function biasAndActivation(c: Composition, x: TensorInfo, { inputs, attrs }: KernelCall): TensorInfo {
  const { bias, preluActivationWeights: alpha } = inputs as Record<string, TensorInfo | undefined>
  const first = attrs.dataFormat === "NCHW"
  const sum = bias ? c.binary("Add", x, perChannel(c, bias, first)) : x
  const activation = (attrs.activation as string | null) ?? "linear"
  if (activation === "linear") return sum
  if (activation === "prelu") return c.run("Prelu", { x: sum, alpha: perChannel(c, alpha!, first) })
  if (activation === "leakyrelu") return c.run("LeakyRelu", { x: sum }, { alpha: attrs.leakyreluAlpha })
  return c.run(kernelOf[activation]!, { x: sum })
}

const fusedConv = (name: string, conv: string): Kernel => ({
  name,
  infer: composed((c, call) => {
    const { x, filter } = call.inputs as Record<string, TensorInfo>
    return biasAndActivation(c, c.run(conv, { x, filter }, call.attrs), call)
  }),
})

/** tfjs's fused kernels, taken apart again: the passes fuse what pays, on any mixture of calls. */
export const fusedKernels: readonly Kernel[] = [
  fusedConv("FusedConv2D", "Conv2D"),
  fusedConv("FusedDepthwiseConv2D", "DepthwiseConv2dNative"),
  {
    name: "_FusedMatMul",
    infer: composed((c, call) => {
      const { a, b } = call.inputs as Record<string, TensorInfo>
      return biasAndActivation(c, c.run("BatchMatMul", { a, b }, call.attrs), call)
    }),
  },
  {
    name: "FusedBatchNorm",
    infer: composed((c, call) => {
      const { scale, offset } = call.inputs as Record<string, TensorInfo | undefined>
      const epsilon = c.scalar((call.attrs.varianceEpsilon as number | undefined) ?? 0.001)
      const inverse = c.run("Rsqrt", { x: c.binary("Add", input(call, "variance"), epsilon) })
      const factor = scale ? c.binary("Multiply", inverse, scale) : inverse
      const centered = c.binary("Sub", input(call, "x"), input(call, "mean"))
      const scaled = c.binary("Multiply", centered, factor)
      return offset ? c.binary("Add", scaled, offset) : scaled
    }),
  },
]
