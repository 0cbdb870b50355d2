import type { Initializer, OnnxNode, ValueInfo } from "@ifnormal/onnx"
import { leafValues } from "./constants.js"
import { Emitter } from "./emitter.js"
import { GraphError } from "./errors.js"
import type { Graph, GraphNode } from "./graph.js"
import { kernels } from "./kernels/index.js"
import type { LazyNode } from "./recorder.js"

/** What a leaf of the recording is to the file: an input of the model, or a weight. */
export interface Leaf {
  readonly name: string
  readonly role: "input" | "weight"
}

/** A model for one batch size. */
export interface FixedModel {
  readonly nodes: readonly OnnxNode[]
  readonly outputs: readonly ValueInfo[]
  readonly initializers: readonly Initializer[]
}

/**
 * Graph -> ONNX nodes of the standard operator set. Leaves become inputs, named weights or constants.
 * @param leaves of the recording, by the `index` of the graph's "Input" nodes
 */
export function emitStandard(
  graph: Graph,
  leaves: readonly LazyNode[],
  nameOf: (leaf: LazyNode) => Leaf | undefined,
  outputNames: readonly string[],
): FixedModel {
  const emitter = new Emitter(true)
  const values = new Map<GraphNode, string>()
  const weights: Initializer[] = []
  const initializer = (name: string, leaf: LazyNode): string => {
    const { buffer, byteOffset, byteLength } = leafValues(leaf)
    const raw = new Uint8Array(buffer, byteOffset, byteLength).slice()
    weights.push({ name, type: leaf.dtype, dims: leaf.shape, raw })
    return name
  }
  const leafOf = (node: GraphNode): string => {
    const leaf = leaves[node.attrs.index as number]!
    const known = nameOf(leaf)
    if (known?.role === "input") return known.name
    if (known) return initializer(known.name, leaf)
    const values = leafValues(leaf)
    if (values.every((value) => Object.is(value, values[0]))) return constant(emitter, node, values[0] ?? 0)
    return initializer(`constant${node.attrs.index}`, leaf)
  }
  for (const node of graph.nodes) {
    if (node.op === "Input") values.set(node, leafOf(node))
    else if (node.op === "Constant") values.set(node, constant(emitter, node, node.attrs.value as number))
    else {
      const emit = kernels.get(node.op)?.emit
      if (!emit) throw new GraphError(`${node.op} has no ONNX form`)
      const inputNames = node.inputs.map((input) => values.get(input)!)
      values.set(node, emit(node, inputNames, emitter))
    }
  }
  const outputs = graph.outputs.map((node, i): ValueInfo => {
    const name = outputNames[i]!
    emitter.op("Identity", [values.get(node)!], undefined, undefined, name)
    return { name, type: node.dtype, dims: node.shape }
  })
  return { nodes: emitter.nodes, outputs, initializers: [...weights, ...emitter.initializers] }
}

/** One number and its shape, so that a shape with the batch in it can become dynamic. */
function constant(emitter: Emitter, { dtype, shape }: GraphNode, value: number): string {
  const scalar = emitter.fill(dtype, value)
  return shape.length === 0 ? scalar : emitter.op("Expand", [scalar, emitter.ints(shape)])
}
