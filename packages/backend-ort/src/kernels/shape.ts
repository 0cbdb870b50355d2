import { backend_util, type TensorInfo, util } from "@tensorflow/tfjs-core"
import type { OrtBackend } from "../backend.js"
import { positiveAxes, type Shape, sameShape, size } from "../shapes.js"
import { input, type Kernel } from "./define.js"

/** A reshape; a fill stays a fill. */
export function reshapeTo(backend: OrtBackend, x: TensorInfo, shape: Shape): TensorInfo {
  // Strings are kept by their order alone.
  if (sameShape(x.shape, shape) || x.dtype === "string") return { ...backend.share(x), shape: [...shape] }
  const fill = backend.fillValue(x)
  return fill === undefined
    ? backend.record("Reshape", [x], null, shape, x.dtype)
    : backend.fill(fill, shape, x.dtype)
}

/** Concatenates without the empty parts, which ONNX does not take. */
function concat(backend: OrtBackend, parts: readonly TensorInfo[], axis: number): TensorInfo {
  const shape = backend_util.computeOutShape(
    parts.map((part) => part.shape),
    axis,
  )
  const full = parts.filter((part) => size(part.shape) > 0)
  if (full.length === 0) return backend.fill(0, shape, parts[0]!.dtype)
  if (full.length === 1) return backend.share(full[0]!)
  return backend.record("Concat", full, { axis }, shape, parts[0]!.dtype)
}

export const shapeKernels: readonly Kernel[] = [
  {
    name: "Reshape",
    infer: (call) => {
      const x = input(call, "x")
      const shape = util.inferFromImplicitShape(call.attrs.shape as number[], util.sizeFromShape(x.shape))
      util.assert(
        size(shape) === size(x.shape),
        () =>
          `The new shape (${shape}) has ${size(shape)} elements and the old shape (${x.shape}) has ` +
          `${size(x.shape)} elements. The new shape and old shape must have the same number of elements.`,
      )
      return reshapeTo(call.backend, x, shape)
    },
    emit: (node, [x], e) => e.reshape(x!, node.shape),
  },
  {
    name: "ExpandDims",
    infer: (call) => {
      const x = input(call, "input")
      const dim = call.attrs.dim as number
      const rank = x.shape.length
      util.assert(-(rank + 1) <= dim, () => `Axis must be in the interval [${-(rank + 1)}, ${rank}]`)
      const shape = x.shape.slice()
      shape.splice(dim < 0 ? rank + dim + 1 : dim, 0, 1)
      return reshapeTo(call.backend, x, shape)
    },
  },
  {
    name: "Transpose",
    infer: (call) => {
      const x = input(call, "x")
      const perm = call.attrs.perm as number[]
      if (perm.every((axis, i) => axis === i)) return call.backend.share(x)
      return call.backend.record(
        "Transpose",
        [x],
        { perm },
        perm.map((axis) => x.shape[axis]!),
        x.dtype,
      )
    },
    emit: (node, [x], e) => e.transpose(x!, node.attrs.perm as number[]),
  },
  {
    name: "Concat",
    infer: ({ inputs, attrs, backend }) => {
      const parts = Object.values(inputs) as TensorInfo[]
      const [axis] = positiveAxes(attrs.axis as number, parts[0]!.shape)
      backend_util.assertParamsConsistent(
        parts.map((part) => part.shape),
        axis!,
      )
      return concat(backend, parts, axis!)
    },
    emit: (node, parts, e) => e.op("Concat", parts, { axis: node.attrs.axis as number }),
  },
  {
    name: "Pack",
    infer: ({ inputs, attrs, backend }) => {
      const parts = Object.values(inputs) as TensorInfo[]
      const rank = parts[0]!.shape.length + 1
      const axis = ((attrs.axis as number) + rank) % rank
      for (const part of parts) {
        util.assertShapesMatch(
          parts[0]!.shape,
          part.shape,
          "All tensors passed to stack must have matching shapes",
        )
        util.assert(
          part.dtype === parts[0]!.dtype,
          () => "All tensors passed to stack must have matching dtypes",
        )
      }
      const shape = parts[0]!.shape.slice()
      shape.splice(axis, 0, 1)
      const expanded = parts.map((part) => reshapeTo(backend, part, shape))
      const result = concat(backend, expanded, axis)
      for (const part of expanded) backend.disposeData(part.dataId)
      return result
    },
  },
  {
    name: "Tile",
    infer: (call) => {
      const x = input(call, "x")
      const reps = call.attrs.reps as number[]
      if (x.shape.length === 0) return call.backend.share(x)
      return call.backend.record(
        "Tile",
        [x],
        { reps },
        x.shape.map((dim, i) => dim * reps[i]!),
        x.dtype,
      )
    },
    emit: (node, [x], e) => e.op("Tile", [x!, e.ints(node.attrs.reps as number[])]),
  },
  {
    name: "BroadcastTo",
    infer: (call) => {
      const x = input(call, "x")
      const shape = call.attrs.shape as number[]
      const fill = call.backend.fillValue(x)
      if (fill !== undefined) return call.backend.fill(fill, shape, x.dtype)
      return sameShape(x.shape, shape)
        ? call.backend.share(x)
        : call.backend.record("BroadcastTo", [x], null, shape, x.dtype)
    },
    emit: (node, [x], e) => e.op("Expand", [x!, e.ints(node.shape)]),
  },
  {
    name: "Reverse",
    infer: (call) => {
      const x = input(call, "x")
      const axes = positiveAxes(call.attrs.dims as number | number[], x.shape)
      if (axes.length === 0 || x.shape.length === 0) return call.backend.share(x)
      return call.backend.record("Reverse", [x], { axes }, x.shape, x.dtype)
    },
    emit: (node, [x], e) => {
      const axes = node.attrs.axes as number[]
      const minus = e.ints(axes.map(() => -1))
      return e.op("Slice", [x!, minus, e.ints(axes.map(() => -(2 ** 31))), e.ints(axes), minus])
    },
  },
]
