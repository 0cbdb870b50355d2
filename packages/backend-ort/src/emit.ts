import { encodeModel, type ValueInfo } from "@ifnormal/onnx"
import { Emitter } from "./emitter.js"
import { GraphError } from "./errors.js"
import type { Graph, GraphNode } from "./graph.js"
import { kernels } from "./kernels/index.js"
import { size } from "./shapes.js"

export interface Emitted {
  readonly bytes: Uint8Array
  /** Graph input by position of the leaf; absent when nothing uses it. */
  readonly inputs: ReadonlyMap<number, string>
  readonly outputs: readonly string[]
  readonly nodeCount: number
}

// Larger constants are expanded in the graph, so that a model stays small in memory and on disk.
const INLINE_CONSTANT = 1024

function emitConstant(node: GraphNode, emitter: Emitter): string {
  const value = node.attrs.value as number
  if (size(node.shape) <= INLINE_CONSTANT) return emitter.fill(node.dtype, value, node.shape)
  return emitter.op("Expand", [emitter.fill(node.dtype, value), emitter.ints(node.shape)])
}

/** Graph -> bytes of an ONNX model, opset 18 and onnxruntime's own domains. */
export function emit(graph: Graph): Emitted {
  const emitter = new Emitter()
  const names = new Map<GraphNode, string>()
  const inputs = new Map<number, string>()
  const inputInfos: ValueInfo[] = []
  for (const node of graph.nodes) {
    if (node.op === "Input") {
      const index = node.attrs.index as number
      const name = `x${index}`
      names.set(node, name)
      inputs.set(index, name)
      inputInfos.push({ name, type: node.dtype, dims: node.shape })
    } else if (node.op === "Constant") names.set(node, emitConstant(node, emitter))
    else {
      const emitNode = kernels.get(node.op)?.emit
      if (!emitNode)
        throw new GraphError(`${node.op} was recorded but has no ONNX form in backend-ort's kernels.`)
      names.set(
        node,
        emitNode(
          node,
          node.inputs.map((value) => names.get(value)!),
          emitter,
        ),
      )
    }
  }
  const outputs = graph.outputs.map((node, i) => {
    emitter.op("Identity", [names.get(node)!], undefined, undefined, `y${i}`)
    return `y${i}`
  })
  const bytes = encodeModel({
    nodes: emitter.nodes,
    inputs: inputInfos,
    outputs: graph.outputs.map((node, i) => ({ name: `y${i}`, type: node.dtype, dims: node.shape })),
    initializers: emitter.initializers,
    opsets: { "": 18, "com.microsoft": 1, "com.microsoft.nchwc": 1 },
  })
  return { bytes, inputs, outputs, nodeCount: emitter.nodes.length }
}
