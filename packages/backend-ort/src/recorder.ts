import type { Attrs, Dtype, Values } from "./graph.js"
import type { Shape } from "./shapes.js"

/**
 * A value of the running program: recorded and not yet computed (`values` null), or present on the host.
 * A "Fill" is known without computing and holds its one number in `attrs.value`.
 */
export interface LazyNode {
  readonly op: string
  inputs: readonly LazyNode[]
  readonly attrs: Attrs | null
  readonly shape: Shape
  readonly dtype: Dtype
  values: Values | null
  /** Tensors that still hold this value; 0 means only recorded nodes may use it. */
  references: number
  /** Segment in which the node was made; a segment ends at each realize. */
  readonly born: number
  /** A variable holds it, so its value is state and never a constant of the graph. */
  state: boolean
  /** Segment in which `name` is valid. */
  segment: number
  /** Position in that segment: "12" for a recorded node, "a3" for a leaf. */
  name: string
}

/** Everything recorded since the last realize. */
export interface Segment {
  readonly number: number
  readonly nodes: readonly LazyNode[]
  /** Values from outside the segment, and fills. */
  readonly leaves: readonly LazyNode[]
  /** Structure of `nodes`, built while recording: op, attributes, input positions, shape. */
  readonly structure: string
}

// A program that never reads would grow without bound; a training step records some 9 000 nodes.
export const SEGMENT_LIMIT = 200_000

/** Kernel call -> node appended to the pending list. Knows no operator. */
export class Recorder {
  private number = 0
  private nodes: LazyNode[] = []
  private leaves: LazyNode[] = []
  private structure: string[] = []

  get length(): number {
    return this.nodes.length
  }

  /** Number of the segment being recorded. */
  get segment(): number {
    return this.number
  }

  private node(
    op: string,
    inputs: readonly LazyNode[],
    attrs: Attrs | null,
    shape: Shape,
    dtype: Dtype,
  ): LazyNode {
    return {
      op,
      inputs,
      attrs,
      shape,
      dtype,
      values: null,
      references: 0,
      born: this.number,
      state: false,
      segment: -1,
      name: "",
    }
  }

  record(op: string, inputs: readonly LazyNode[], attrs: Attrs | null, shape: Shape, dtype: Dtype): LazyNode {
    const node = this.node(op, inputs, attrs, shape, dtype)
    let line = op
    for (const input of inputs) {
      if (input.segment !== this.number) {
        input.segment = this.number
        input.name = `a${this.leaves.length}`
        this.leaves.push(input)
      }
      line += ` ${input.name}`
    }
    if (attrs) line += JSON.stringify(attrs)
    node.segment = this.number
    node.name = String(this.nodes.length)
    this.nodes.push(node)
    this.structure.push(`${line}:${dtype}${shape}`)
    return node
  }

  /** A value present on the host. */
  value(values: Values, shape: Shape, dtype: Dtype): LazyNode {
    const node = this.node("Input", [], null, shape, dtype)
    node.values = values
    return node
  }

  fill(value: number, shape: Shape, dtype: Dtype): LazyNode {
    return this.node("Fill", [], { value }, shape, dtype)
  }

  take(): Segment {
    const segment = {
      number: this.number,
      nodes: this.nodes,
      leaves: this.leaves,
      structure: this.structure.join(";"),
    }
    this.number++
    this.nodes = []
    this.leaves = []
    this.structure = []
    return segment
  }
}
