import { backend_util } from "@tensorflow/tfjs-core"
import { range, size } from "../shapes.js"
import { composed } from "./compose.js"
import { input, type Kernel } from "./define.js"

const product = (values: readonly number[]): number => size(values)

/** Rearrangements between space, batch and depth: reshapes and transposes only. */
export const spaceKernels: readonly Kernel[] = [
  {
    name: "SpaceToBatchND",
    infer: composed((c, call) => {
      const x = input(call, "x")
      const block = call.attrs.blockShape as number[]
      const paddings = [
        [0, 0],
        ...(call.attrs.paddings as number[][]),
        ...range(x.shape.length - block.length - 1).map(() => [0, 0]),
      ]
      const padded = c.run("PadV2", { x }, { paddings, constantValue: 0 })
      const count = product(block)
      const split = backend_util.getReshaped(padded.shape, block, count, false)
      const perm = backend_util.getPermuted(split.length, block.length, false)
      const shape = backend_util.getReshapedPermuted(padded.shape, block, count, false)
      return c.reshape(c.transpose(c.reshape(padded, split), perm), shape)
    }),
  },
  {
    name: "BatchToSpaceND",
    infer: composed((c, call) => {
      const x = input(call, "x")
      const block = call.attrs.blockShape as number[]
      const crops = call.attrs.crops as number[][]
      const count = product(block)
      const split = backend_util.getReshaped(x.shape, block, count)
      const perm = backend_util.getPermuted(split.length, block.length)
      const shape = backend_util.getReshapedPermuted(x.shape, block, count)
      const joined = c.reshape(c.transpose(c.reshape(x, split), perm), shape)
      const begin = backend_util.getSliceBeginCoords(crops, block.length)
      return c.run(
        "Slice",
        { x: joined },
        { begin, size: backend_util.getSliceSize(shape, crops, block.length) },
      )
    }),
  },
  {
    name: "DepthToSpace",
    infer: composed((c, call) => {
      const x = input(call, "x")
      const block = call.attrs.blockSize as number
      if (call.attrs.dataFormat !== "NHWC") return null
      const [n, h, w, depth] = x.shape as [number, number, number, number]
      const left = depth / block ** 2
      const split = c.reshape(x, [n, h, w, block, block, left])
      return c.reshape(c.transpose(split, [0, 1, 3, 2, 4, 5]), [n, h * block, w * block, left])
    }),
  },
  {
    name: "FlipLeftRight",
    infer: composed((c, call) => c.run("Reverse", { x: input(call, "image") }, { dims: [2] })),
  },
  {
    name: "Diag",
    infer: composed((c, call) => {
      const x = input(call, "x")
      const count = size(x.shape)
      const shape = [...x.shape, ...x.shape]
      if (count === 0) return c.own(call.backend.fill(0, shape, x.dtype))
      const square = c.own(
        call.backend.record("DiagMatrix", [c.reshape(x, [count])], null, [count, count], x.dtype),
      )
      return c.reshape(square, shape)
    }),
  },
  {
    name: "DiagMatrix",
    emit: (node, [x], e) => {
      const count = node.shape[0]!
      const onDiagonal = e.op("Equal", [e.int32s(range(count), [count]), e.int32s(range(count), [count, 1])])
      const type = node.dtype === "bool" ? "int32" : node.dtype
      const values = node.dtype === "bool" ? e.cast(x!, type) : x!
      const result = e.op("Where", [onDiagonal, values, e.fill(type, 0)])
      return node.dtype === "bool" ? e.cast(result, "bool") : result
    },
  },
]
