import { type DataType, util } from "@tensorflow/tfjs-core"
import { input, type Kernel } from "./define.js"

const numeric = (dtype: DataType) => dtype === "float32" || dtype === "int32" || dtype === "bool"

/** Kernels that make values from literals, or hand a value on. None of them reaches a graph as a node. */
export const createKernels: readonly Kernel[] = [
  {
    name: "Fill",
    infer: ({ attrs, backend }) => {
      const value = attrs.value as number
      const dtype = (attrs.dtype ?? util.inferDtype(value)) as DataType
      return numeric(dtype) ? backend.fill(Number(value), attrs.shape as number[], dtype) : null
    },
  },
  {
    name: "ZerosLike",
    infer: (call) => call.backend.fill(0, input(call, "x").shape, input(call, "x").dtype),
  },
  {
    name: "OnesLike",
    infer: (call) => call.backend.fill(1, input(call, "x").shape, input(call, "x").dtype),
  },
  {
    name: "Range",
    infer: ({ attrs, backend }) => {
      const { start, stop, dtype } = attrs as { start: number; stop: number; dtype: DataType }
      let step = attrs.step as number
      if (stop < start && step === 1) step = -1
      const count = start === stop || stop > start !== step > 0 ? 0 : Math.ceil((stop - start) / step)
      // float32 cannot count beyond 2^24.
      const values = dtype === "int32" ? new Int32Array(count) : new Float32Array(count)
      for (let i = 0; i < count; i++) values[i] = start + i * step
      return { dataId: backend.write(values, [count], dtype), shape: [count], dtype }
    },
  },
  {
    name: "LinSpace",
    infer: ({ attrs, backend }) => {
      const { start, stop, num } = attrs as { start: number; stop: number; num: number }
      const step = (stop - start) / (num - 1)
      // tfjs adds step to step, in float32; so do we.
      const values = new Float32Array(num)
      values[0] = start
      for (let i = 1; i < num; i++) values[i] = values[i - 1]! + step
      return { dataId: backend.write(values, [num], "float32"), shape: [num], dtype: "float32" }
    },
  },
  { name: "Identity", infer: (call) => call.backend.share(input(call, "x")) },
]
