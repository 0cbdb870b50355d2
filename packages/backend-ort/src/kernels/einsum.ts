import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core"
import { sameShape } from "../shapes.js"
import { type Composition, composed } from "./compose.js"
import type { Kernel } from "./define.js"

/** The operand with its dimensions in the order of the remaining ones, 1 where it has none. */
function aligned(c: Composition, x: TensorInfo, rank: number, ids: number[]): TensorInfo {
  const { permutationIndices: perm, expandDims } = backend_util.getEinsumPermutation(rank, ids)
  const ordered = backend_util.isIdentityPermutation(perm) ? x : c.transpose(x, perm)
  const shape = ordered.shape.slice()
  for (const axis of expandDims) shape.splice(axis, 0, 1)
  return sameShape(shape, ordered.shape) ? ordered : c.reshape(ordered, shape)
}

export const einsumKernels: readonly Kernel[] = [
  {
    // Multiply, then sum, one summed dimension after the other, along tfjs's own path.
    name: "Einsum",
    infer: composed((c, { inputs, attrs }) => {
      const operands = Object.values(inputs) as TensorInfo[]
      const { allDims, summedDims, idDims } = backend_util.decodeEinsumEquation(
        attrs.equation as string,
        operands.length,
      )
      backend_util.checkEinsumDimSizes(
        allDims.length,
        idDims,
        operands as Parameters<typeof backend_util.checkEinsumDimSizes>[2],
      )
      const { path, steps } = backend_util.getEinsumComputePath(summedDims, idDims)
      let rank = allDims.length
      let out: TensorInfo | undefined
      steps.forEach((terms, step) => {
        for (const term of terms) {
          const x = aligned(c, operands[term]!, rank, idDims[term]!)
          out = out ? c.binary("Multiply", x, out) : x
        }
        if (step === steps.length - 1) return
        const summed = path[step]!
        if (summed >= 0) {
          out = c.run("Sum", { x: out }, { axis: summed - (allDims.length - rank), keepDims: false })
        }
        rank--
      })
      return out!
    }),
  },
]
