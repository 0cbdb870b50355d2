import { input, type Kernel } from "./define.js"
import { repeat } from "./pool.js"

/** Whole times that `to` is larger than `from`, or null. */
function factors(from: readonly number[], to: readonly number[]): [number, number] | null {
  const rows = to[1]! / from[1]!
  const columns = to[2]! / from[2]!
  return Number.isInteger(rows) && Number.isInteger(columns) ? [rows, columns] : null
}

/** Only enlargement by whole factors: there nearest means repeat, with and without half-pixel centers. */
export const resizeKernels: readonly Kernel[] = [
  {
    name: "ResizeNearestNeighbor",
    infer: (call) => {
      const x = input(call, "images")
      const [height, width] = call.attrs.size as [number, number]
      const shape = [x.shape[0]!, height, width, x.shape[3]!]
      const times = factors(x.shape, shape)
      if (!times || call.attrs.alignCorners || x.dtype !== "float32" || shape.includes(0)) return null
      return call.backend.record("ResizeNearestNeighbor", [x], { times }, shape, x.dtype)
    },
    emit: (node, [x], e) => repeat(x!, node.inputs[0]!.shape, node.attrs.times as number[], e),
  },
  {
    name: "ResizeNearestNeighborGrad",
    infer: (call) => {
      const x = input(call, "images")
      const dy = input(call, "dy")
      const times = factors(x.shape, dy.shape)
      if (!times || call.attrs.alignCorners) return null
      return call.backend.record("ResizeNearestNeighborGrad", [dy], { times }, x.shape, "float32")
    },
    emit: (node, [dy], e) => {
      const [n, h, w, c] = node.shape as [number, number, number, number]
      const [th, tw] = node.attrs.times as [number, number]
      return e.op("ReduceSum", [e.reshape(dy!, [n, h, th, w, tw, c]), e.ints([2, 4])], { keepdims: 0 })
    },
  },
]
