import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core"
import type { OrtBackend } from "../backend.js"
import type { Emitter } from "../emitter.js"
import type { Dtype, GraphNode } from "../graph.js"
import { type Shape, size } from "../shapes.js"
import { composed } from "./compose.js"
import { input, type Kernel } from "./define.js"

/**
 * tfjs refuses an index that points nowhere. Uploaded indices are checked when the call is recorded; computed ones by
 * onnxruntime when the graph runs, which takes negative ones as counted from the end, so those are sent beyond it.
 */
export function checkIndices(
  backend: OrtBackend,
  indices: TensorInfo,
  depth: number,
  shape: Shape,
  message: (at: number[]) => string,
): void {
  const values = backend.known(indices)
  if (!values) return
  for (let i = 0; i + depth <= values.length; i += depth) {
    for (let axis = 0; axis < depth; axis++) {
      const value = values[i + axis]!
      if (value < 0 || value >= shape[axis]!) throw new Error(message(Array.from(values.slice(i, i + depth))))
    }
  }
}

export function neverNegative(indices: string, e: Emitter): string {
  const negative = e.op("Less", [indices, e.fill("int32", 0)])
  return e.op("Where", [negative, e.fill("int32", 2 ** 31 - 1), indices])
}

const index = (indices: string, e: Emitter): string => e.cast(neverNegative(indices, e), "int64")

/** ScatterND has no boolean form here. */
const numeric = (x: string, dtype: Dtype, e: Emitter): string => (dtype === "bool" ? e.cast(x, "int32") : x)

function scatter(base: string, indices: string, updates: string, node: GraphNode, e: Emitter): string {
  const sum = node.op === "ScatterNd"
  const result = e.op("ScatterND", [base, index(indices, e), updates], sum ? { reduction: "add" } : undefined)
  return node.dtype === "bool" ? e.cast(result, "bool") : result
}

interface Scatter {
  readonly base?: TensorInfo
  readonly indices: TensorInfo
  readonly updates: TensorInfo
  readonly shape: number[]
}

/** Indices as [count, depth] and updates as [count, rest..], whatever the caller's ranks are. */
const scatterKernel = (name: string, sides: (call: Parameters<typeof input>[0]) => Scatter): Kernel => ({
  name,
  infer: composed((c, call) => {
    const { base, indices, updates, shape } = sides(call)
    const tensors = [updates, indices] as unknown as Parameters<typeof backend_util.calculateShapes>
    const { sliceRank, numUpdates } = backend_util.calculateShapes(tensors[0], tensors[1] as never, shape)
    if (size(shape) * numUpdates === 0) return null
    const depth = Math.max(1, sliceRank)
    checkIndices(
      call.backend,
      indices,
      depth,
      shape,
      (at) => `Invalid indices: ${at} does not index into ${shape}`,
    )
    const rows = [numUpdates, ...shape.slice(depth)]
    const given =
      size(updates.shape) === 1
        ? c.run(
            "BroadcastTo",
            {
              x: c.reshape(
                updates,
                rows.map(() => 1),
              ),
            },
            { shape: rows },
          )
        : c.reshape(updates, rows)
    const inputs = [c.reshape(indices, [numUpdates, depth]), given]
    if (base) inputs.push(base)
    return c.own(call.backend.record(name, inputs, null, shape, updates.dtype))
  }),
  emit: (node, [indices, updates, base], e) => {
    const dtype = node.dtype === "bool" ? "int32" : node.dtype
    const start = base
      ? e.op("Expand", [numeric(base, node.dtype, e), e.ints(node.shape)])
      : e.expand(dtype, 0, node.shape)
    return scatter(start, indices!, numeric(updates!, node.dtype, e), node, e)
  },
})

export const scatterKernels: readonly Kernel[] = [
  scatterKernel("ScatterNd", (call) => ({
    indices: input(call, "indices"),
    updates: input(call, "updates"),
    shape: call.attrs.shape as number[],
  })),
  scatterKernel("SparseToDense", (call) => ({
    base: input(call, "defaultValue"),
    indices: input(call, "sparseIndices"),
    updates: input(call, "sparseValues"),
    shape: call.attrs.outputShape as number[],
  })),
  scatterKernel("TensorScatterUpdate", (call) => ({
    base: input(call, "tensor"),
    indices: input(call, "indices"),
    updates: input(call, "updates"),
    shape: input(call, "tensor").shape,
  })),
  {
    name: "GatherNd",
    infer: (call) => {
      const params = input(call, "params")
      const indices = input(call, "indices")
      const [shape] = backend_util.prepareAndValidate(
        params as Parameters<typeof backend_util.prepareAndValidate>[0],
        indices as Parameters<typeof backend_util.prepareAndValidate>[1],
      )
      const depth = indices.shape.at(-1)!
      if (depth === 0 || size(shape) === 0) return null
      const message = (at: number[]) => `Invalid indices: ${at} does not index into ${params.shape}`
      checkIndices(call.backend, indices, depth, params.shape, message)
      return call.backend.record("GatherNd", [params, indices], null, shape, params.dtype)
    },
    emit: (_, [params, indices], e) => e.op("GatherND", [params!, index(indices!, e)]),
  },
]
