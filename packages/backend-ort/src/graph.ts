import { GraphError } from "./errors.js"
import { type Shape, size } from "./shapes.js"

export type Dtype = "float32" | "int32" | "bool"
export type Values = Float32Array | Int32Array | Uint8Array
export type Attrs = Readonly<Record<string, unknown>>

/**
 * One value of a compiled step. `op` is a tfjs kernel name, an internal node of kernels/internal.ts, "Input" or "Constant".
 * Nodes are immutable and shared between graphs; a pass makes new ones.
 */
export interface GraphNode {
  readonly id: number
  readonly op: string
  readonly inputs: readonly GraphNode[]
  readonly attrs: Attrs
  readonly shape: Shape
  readonly dtype: Dtype
}

/** Nodes in an order in which every input stands before its use. */
export interface Graph {
  readonly nodes: readonly GraphNode[]
  readonly outputs: readonly GraphNode[]
}

export interface Pass {
  readonly name: string
  readonly run: (graph: Graph) => Graph
}

/** Appends nodes in topological order; ids count up. */
export class GraphBuilder {
  readonly nodes: GraphNode[] = []

  add(op: string, inputs: readonly GraphNode[], attrs: Attrs, shape: Shape, dtype: Dtype): GraphNode {
    const node: GraphNode = { id: this.nodes.length, op, inputs, attrs, shape, dtype }
    this.nodes.push(node)
    return node
  }

  /** The same node on other inputs. */
  copy(node: GraphNode, inputs: readonly GraphNode[]): GraphNode {
    return this.add(node.op, inputs, node.attrs, node.shape, node.dtype)
  }

  reshape(x: GraphNode, shape: Shape): GraphNode {
    // A chain of reshapes is one reshape of its source.
    const source = x.op === "Reshape" ? x.inputs[0]! : x
    if (source.shape.length === shape.length && source.shape.every((dim, i) => dim === shape[i]))
      return source
    return this.add("Reshape", [source], {}, shape, x.dtype)
  }

  transpose(x: GraphNode, perm: readonly number[]): GraphNode {
    if (perm.every((axis, i) => axis === i)) return x
    return this.add(
      "Transpose",
      [x],
      { perm },
      perm.map((axis) => x.shape[axis]!),
      x.dtype,
    )
  }
}

/** Number of uses of each node; a graph output counts as one. */
export function countUses(graph: Graph): Map<GraphNode, number> {
  const uses = new Map<GraphNode, number>()
  for (const node of graph.nodes) for (const input of node.inputs) uses.set(input, (uses.get(input) ?? 0) + 1)
  for (const output of graph.outputs) uses.set(output, (uses.get(output) ?? 0) + 1)
  return uses
}

/** One line a node, the same text for the same structure: for snapshots and for reading. */
export function print(graph: Graph): string {
  const names = new Map(graph.nodes.map((node, i) => [node, `%${i}`]))
  const lines = graph.nodes.map((node) => {
    const attrs = Object.entries(node.attrs)
      .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
      .join(" ")
    const inputs = node.inputs.map((input) => names.get(input)).join(", ")
    return `${names.get(node)} = ${node.op}(${inputs})${attrs && ` {${attrs}}`} : ${node.dtype}[${node.shape.join(",")}]`
  })
  return [...lines, `return ${graph.outputs.map((node) => names.get(node)).join(", ")}`].join("\n")
}

/** Order, and element counts of reshapes: what a faulty pass breaks first. */
export function verify(graph: Graph, after: string): void {
  const seen = new Set<GraphNode>()
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      if (!seen.has(input))
        throw new GraphError(`After pass ${after}: ${node.op} uses ${input.op} before it is computed.`)
    }
    if (node.op === "Reshape" && size(node.inputs[0]!.shape) !== size(node.shape)) {
      throw new GraphError(`After pass ${after}: Reshape of [${node.inputs[0]!.shape}] to [${node.shape}].`)
    }
    seen.add(node)
  }
  for (const output of graph.outputs) {
    if (!seen.has(output)) throw new GraphError(`After pass ${after}: output ${output.op} is not computed.`)
  }
}
