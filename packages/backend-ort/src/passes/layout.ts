import { countUses, type Graph, GraphBuilder, type GraphNode } from "../graph.js"
import type { BlockedConvAttrs } from "../kernels/internal.js"
import { range, type Shape, sameShape, size } from "../shapes.js"

/** base * scale + shift, not yet computed. Vectors are [1, c] or [n, c]. */
export interface Affine {
  readonly base: GraphNode
  readonly scale?: GraphNode
  readonly shift?: GraphNode
}

export const ONE_BY_ONE = { kernel: [1, 1], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] } as const

/**
 * Where each value of the old graph lives in the new one: plain (tfjs order), blocked (nominal [n, c, h, w], memory
 * [n, c/b, h, w, b]), or as a pending affine map of a blocked value. Conversions are made on demand and once, so a chain
 * of convolutions and elementwise nodes stays blocked, and no reorder meets its inverse.
 */
export class Layout {
  readonly builder = new GraphBuilder()
  private readonly uses: Map<GraphNode, number>
  private readonly plains = new Map<GraphNode, GraphNode>()
  private readonly blockeds = new Map<GraphNode, GraphNode>()
  private readonly affines = new Map<GraphNode, Affine>()

  constructor(
    graph: Graph,
    readonly block: number,
  ) {
    this.uses = countUses(graph)
  }

  /** Used by one node and not an output: it may be merged into that node. */
  single(node: GraphNode): boolean {
    return this.uses.get(node) === 1
  }

  /** Only whole blocks: a padding lane could turn into NaN and spread through a sum. */
  fits({ shape, dtype }: GraphNode): boolean {
    return (
      shape.length === 4 && dtype === "float32" && shape[3]! % this.block === 0 && shape[1]! * shape[2]! > 1
    )
  }

  hasBlocked(node: GraphNode): boolean {
    return this.blockeds.has(node) || this.affines.has(node)
  }

  blockedIfMade(node: GraphNode): GraphNode | undefined {
    return this.blockeds.get(node)
  }

  affineIfPending(node: GraphNode): Affine | undefined {
    return this.blockeds.has(node) ? undefined : this.affines.get(node)
  }

  setPlain(node: GraphNode, value: GraphNode): void {
    this.plains.set(node, value)
  }

  setBlocked(node: GraphNode, value: GraphNode): void {
    this.blockeds.set(node, value)
  }

  setAffine(node: GraphNode, affine: Affine): void {
    this.affines.set(node, affine)
  }

  nominal([n, h, w, c]: Shape): number[] {
    return [n!, c!, h!, w!]
  }

  /** The memory of a blocked value, seen as it is. */
  five([n, h, w, c]: Shape): number[] {
    return [n!, c! / this.block, h!, w!, this.block]
  }

  plain(node: GraphNode): GraphNode {
    let value = this.plains.get(node)
    if (value) return value
    const blocked = this.blocked(node)
    // One block: [n, 1, h, w, c] is [n, h, w, c].
    if (node.shape[3] === this.block) value = this.builder.reshape(blocked, node.shape)
    else if (node.dtype === "float32") {
      value = this.builder.add(
        "ReorderOutput",
        [blocked],
        { channels: node.shape[3], last: 1 },
        node.shape,
        "float32",
      )
    } else {
      const memory = this.builder.reshape(blocked, this.five(node.shape))
      value = this.builder.reshape(this.builder.transpose(memory, [0, 2, 3, 1, 4]), node.shape)
    }
    this.plains.set(node, value)
    return value
  }

  blocked(node: GraphNode): GraphNode {
    let value = this.blockeds.get(node)
    if (value) return value
    const affine = this.affines.get(node)
    if (affine) value = this.materialize(affine, node.shape)
    else if (node.shape[3] === this.block)
      value = this.builder.reshape(this.plain(node), this.nominal(node.shape))
    else
      value = this.builder.add("ReorderInput", [this.plain(node)], {}, this.nominal(node.shape), node.dtype)
    this.blockeds.set(node, value)
    return value
  }

  private vector(rows: GraphNode, [n, , , c]: Shape): GraphNode {
    const wide = sameShape(rows.shape, [n!, c!])
      ? rows
      : this.builder.add("BroadcastTo", [rows], {}, [n!, c!], "float32")
    return this.builder.reshape(wide, [n! * c!])
  }

  /**
   * One depthwise 1x1 convolution of the view [1, n * c, h, w]: scale, shift, an added tensor and relu in one pass over
   * memory. Broadcasting over the blocked axis takes 2.5 ms an operation where this takes 1.5 ms for the whole chain.
   */
  materialize(
    { base, scale, shift }: Affine,
    shape: Shape,
    more: { sum?: GraphNode; relu?: boolean } = {},
  ): GraphNode {
    const { builder } = this
    const [n, h, w, c] = shape as [number, number, number, number]
    const view = [1, n * c, h, w]
    const filter = scale
      ? builder.reshape(this.vector(scale, shape), [n * c, 1, 1, 1])
      : builder.add("Constant", [], { value: 1 }, [n * c, 1, 1, 1], "float32")
    const inputs = [builder.reshape(base, view), filter]
    if (shift) inputs.push(this.vector(shift, shape))
    if (more.sum) inputs.push(builder.reshape(more.sum, view))
    const attrs: BlockedConvAttrs = {
      ...ONE_BY_ONE,
      group: n * c,
      bias: shift !== undefined,
      sum: more.sum !== undefined,
      relu: more.relu ?? false,
    }
    const result = builder.add("BlockedConv", inputs, attrs, view, "float32")
    return builder.reshape(result, this.nominal(shape))
  }

  /** A per-channel operand of a value of `shape` as [1, c] or [n, c]; undefined when it is none. */
  channelVector(node: GraphNode, shape: Shape): GraphNode | undefined {
    if (node.dtype !== "float32" || node.shape.length > 4) return undefined
    const [n, h, w, c] = [...range(4 - node.shape.length).map(() => 1), ...node.shape]
    if (h !== 1 || w !== 1 || c !== shape[3] || (n !== 1 && n !== shape[0])) return undefined
    return this.builder.reshape(this.plain(node), [n!, c!])
  }

  scalar(node: GraphNode): GraphNode | undefined {
    return size(node.shape) === 1 ? this.builder.reshape(this.plain(node), []) : undefined
  }
}
