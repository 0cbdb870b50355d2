import { backend_util, type TensorInfo, upcastType, util } from "@tensorflow/tfjs-core"
import { range, size } from "../shapes.js"
import type { Kernel } from "./define.js"

const swapped = (rank: number): number[] => [...range(rank - 2), rank - 1, rank - 2]

export const matmulKernels: readonly Kernel[] = [
  {
    name: "BatchMatMul",
    infer: ({ inputs, attrs, backend }) => {
      const a = inputs.a as TensorInfo
      const b = inputs.b as TensorInfo
      const transposeA = Boolean(attrs.transposeA)
      const transposeB = Boolean(attrs.transposeB)
      const inner = a.shape.at(transposeA ? -2 : -1)
      util.assert(
        inner === b.shape.at(transposeB ? -1 : -2),
        () =>
          `Error in matMul: inner shapes (${inner}) and (${b.shape.at(transposeB ? -1 : -2)}) of Tensors with ` +
          `shapes ${a.shape} and ${b.shape} and transposeA=${transposeA} and transposeB=${transposeB} must match.`,
      )
      const batch = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2))
      const shape = [...batch, a.shape.at(transposeA ? -1 : -2)!, b.shape.at(transposeB ? -2 : -1)!]
      const dtype = upcastType(a.dtype, b.dtype)
      if (size(a.shape) * size(b.shape) === 0) return backend.fill(0, shape, dtype)
      return backend.record("BatchMatMul", [a, b], { transposeA, transposeB }, shape, dtype)
    },
    emit: (node, values, e) => {
      const { transposeA, transposeB } = node.attrs as { transposeA: boolean; transposeB: boolean }
      const [a, b] = values.map((value, i) =>
        node.inputs[i]!.dtype === node.dtype ? value : e.cast(value, node.dtype),
      )
      if (node.dtype === "float32" && (transposeA || transposeB)) {
        return e.op(
          "FusedMatMul",
          [a!, b!],
          { transA: Number(transposeA), transB: Number(transposeB) },
          "com.microsoft",
        )
      }
      // FusedMatMul has no int32 form.
      const left = transposeA ? e.transpose(a!, swapped(node.inputs[0]!.shape.length)) : a!
      const right = transposeB ? e.transpose(b!, swapped(node.inputs[1]!.shape.length)) : b!
      return e.op("MatMul", [left, right])
    },
  },
]
