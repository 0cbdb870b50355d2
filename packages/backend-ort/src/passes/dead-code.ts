import type { Graph, GraphNode, Pass } from "../graph.js"

/** Drops what no output needs, such as the filter reorders of a form that a later rule replaced. */
export const deadCode: Pass = {
  name: "dead-code",
  run(graph: Graph): Graph {
    const needed = new Set<GraphNode>(graph.outputs)
    for (let i = graph.nodes.length - 1; i >= 0; i--) {
      const node = graph.nodes[i]!
      if (needed.has(node)) for (const input of node.inputs) needed.add(input)
    }
    return { nodes: graph.nodes.filter((node) => needed.has(node)), outputs: graph.outputs }
  },
}
