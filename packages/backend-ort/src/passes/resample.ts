import { countUses, type Graph, GraphBuilder, type GraphNode, type Pass } from "../graph.js"
import type { WindowAttrs } from "../kernels/conv.js"
import { type Shape, size } from "../shapes.js"

/**
 * Convolutions next to a 2x2 average or a nearest-neighbor doubling (of any whole factor s) done at the lower resolution.
 * Both are linear, so they merge with the convolution; with k the kernel size and per output of the lower resolution:
 *
 *   average(conv(x, W)) = conv(x, W', stride s), W' the mean of W at s x s offsets      (k + s - 1)^2 instead of s^2 k^2
 *   filter gradient for the gradient of an average, or for a doubled x                  k^2 instead of s^2 k^2
 *   1x1 kernels commute with both                                                       1 instead of s^2
 *
 * That is a fifth of all multiplications of a residual encoder-decoder's training step.
 */
export const resample: Pass = {
  name: "resample",
  run(graph: Graph): Graph {
    const rewriter = new Rewriter(graph)
    for (const node of graph.nodes) rewriter.visit(node)
    return { nodes: rewriter.builder.nodes, outputs: graph.outputs.map((node) => rewriter.made(node)) }
  },
}

type Factors = readonly [rows: number, columns: number]

const PLAIN = { strides: [1, 1], dilations: [1, 1] } as const
const NO_PADS = [0, 0, 0, 0] as const

/** An average over tiles that cover the image, as [rows, columns] of a tile. */
function averageFactors(node: GraphNode, large: Shape): Factors | undefined {
  const { kernel, strides, dilations, pads } = node.attrs as WindowAttrs
  const tiles = kernel[0] === strides[0] && kernel[1] === strides[1] && dilations[0] * dilations[1] === 1
  const covered = large[1]! % kernel[0] === 0 && large[2]! % kernel[1] === 0
  return tiles && covered && pads.every((pad) => pad === 0) && kernel[0] * kernel[1] > 1 ? kernel : undefined
}

/** Each element repeated, as a doubling or the gradient of an average does; `scale` times. */
function repeated(node: GraphNode): { source: GraphNode; factors: Factors; scale: number } | undefined {
  const source = node.inputs[0]!
  if (node.op === "AvgPoolGrad") {
    const factors = averageFactors(node, node.shape)
    return factors && { source, factors, scale: 1 / (factors[0] * factors[1]) }
  }
  const factors = node.op === "ResizeNearestNeighbor" ? (node.attrs.times as Factors | undefined) : undefined
  return factors && factors[0] * factors[1] > 1 ? { source, factors, scale: 1 } : undefined
}

const isOne = ([rows, columns]: Factors): boolean => rows * columns === 1
const simple = ({ strides, dilations }: WindowAttrs): boolean =>
  strides[0] * strides[1] * dilations[0] * dilations[1] === 1
const unpadded = ({ kernel, pads }: WindowAttrs): boolean => isOne(kernel) && pads.every((pad) => pad === 0)

class Rewriter {
  readonly builder = new GraphBuilder()
  private readonly replacement = new Map<GraphNode, GraphNode>()
  private readonly uses: ReadonlyMap<GraphNode, number>

  constructor(graph: Graph) {
    this.uses = countUses(graph)
  }

  made(node: GraphNode): GraphNode {
    return this.replacement.get(node)!
  }

  visit(node: GraphNode): void {
    const better = this.rewrite(node)
    this.replacement.set(
      node,
      better ??
        this.builder.copy(
          node,
          node.inputs.map((input) => this.made(input)),
        ),
    )
  }

  private rewrite(node: GraphNode): GraphNode | undefined {
    switch (node.op) {
      case "AvgPool": {
        const factors = averageFactors(node, node.inputs[0]!.shape)
        return factors && this.average(node.inputs[0]!, factors)
      }
      case "ResizeNearestNeighborGrad": {
        const factors = node.attrs.times as Factors | undefined
        const mean = factors && !isOne(factors) ? this.average(node.inputs[0]!, factors) : undefined
        return mean && this.scaled(mean, factors![0] * factors![1])
      }
      case "Conv2D":
      case "Conv2DBackpropInput":
        return this.convolutionOfRepeated(node)
      case "Conv2DBackpropFilter":
        return this.filterGradient(node)
      case "Sum":
        return this.sumOfRepeated(node)
      default:
        return undefined
    }
  }

  private scaled(x: GraphNode, factor: number): GraphNode {
    if (factor === 1) return x
    const constant = this.builder.add("Constant", [], { value: factor }, [], "float32")
    return this.builder.add("Multiply", [x, constant], {}, x.shape, "float32")
  }

  /** The mean over tiles of `x` of the old graph, where a convolution that only this needs can take it in. */
  private average(x: GraphNode, factors: Factors): GraphNode | undefined {
    if (this.uses.get(x) !== 1) return undefined
    if (x.op === "Add") return this.averageOfBiased(x, factors)
    if (x.op !== "Conv2D" && x.op !== "Conv2DBackpropInput") return undefined
    const attrs = x.attrs as WindowAttrs
    if (!simple(attrs)) return undefined
    const [source, filter] = x.inputs.map((input) => this.made(input)) as [GraphNode, GraphNode]
    const shape = lower(x.shape, factors)
    if (unpadded(attrs)) {
      const small = this.meanOverTiles(source, factors)
      const inputs = [small, filter]
      return this.builder.add(x.op, inputs, x.attrs, shape, "float32")
    }
    const forward = x.op === "Conv2D" ? { filter, pads: attrs.pads } : this.turned(filter, attrs)
    if (forward.pads.some((pad) => pad < 0)) return undefined
    const spread = this.spread(forward.filter, factors)
    const kernel = [spread.shape[0]!, spread.shape[1]!] as const
    const merged: WindowAttrs = { ...PLAIN, kernel, strides: factors, pads: forward.pads }
    return this.builder.add("Conv2D", [source, spread], merged, shape, "float32")
  }

  private averageOfBiased(x: GraphNode, factors: Factors): GraphNode | undefined {
    const isVector = ({ shape }: GraphNode) =>
      size(shape) === (shape.at(-1) ?? 1) * (shape.length === 4 ? shape[0]! : 1)
    const [a, b] = x.inputs as [GraphNode, GraphNode]
    const [value, bias] = isVector(b) ? [a, b] : [b, a]
    if (!isVector(bias) || value.shape.length !== 4 || value.shape.some((dim, i) => dim !== x.shape[i]))
      return undefined
    const mean = this.average(value, factors)
    return mean && this.builder.add("Add", [mean, this.made(bias)], {}, mean.shape, "float32")
  }

  private meanOverTiles(x: GraphNode, factors: Factors): GraphNode {
    const attrs: WindowAttrs = { ...PLAIN, kernel: factors, strides: factors, pads: NO_PADS }
    return this.builder.add("AvgPool", [x], attrs, lower(x.shape, factors), "float32")
  }

  private repeatedTimes(x: GraphNode, shape: Shape, factors: Factors, scale: number): GraphNode {
    return this.scaled(
      this.builder.add("ResizeNearestNeighbor", [x], { times: factors }, shape, "float32"),
      scale,
    )
  }

  /** The input gradient at stride 1 is a convolution with the filter turned by 180 degrees, inputs and outputs exchanged. */
  private turned(filter: GraphNode, { kernel, pads }: WindowAttrs) {
    const reversed = this.builder.add("Reverse", [filter], { axes: [0, 1] }, filter.shape, "float32")
    const [top, left, bottom, right] = pads.map((pad, i) => kernel[i % 2]! - 1 - pad) as [
      number,
      number,
      number,
      number,
    ]
    return {
      filter: this.builder.transpose(reversed, [0, 1, 3, 2]),
      pads: [top, left, bottom, right] as const,
    }
  }

  /** The mean of the filter at all offsets of a tile, one axis at a time. */
  private spread(filter: GraphNode, factors: Factors): GraphNode {
    let sum = filter
    for (const axis of [0, 1] as const) {
      const more = factors[axis] - 1
      const shape = sum.shape.map((dim, i) => (i === axis ? dim + more : dim))
      const shifted = Array.from({ length: factors[axis] }, (_, offset) => {
        const paddings = shape.map((_, i) => (i === axis ? [offset, more - offset] : [0, 0]))
        return this.builder.add("PadV2", [sum], { paddings, value: 0 }, shape, "float32")
      })
      sum = shifted.reduce((a, b) => this.builder.add("Add", [a, b], {}, shape, "float32"))
    }
    return this.scaled(sum, 1 / (factors[0] * factors[1]))
  }

  /** A 1x1 convolution of repeated values is their repetition. */
  private convolutionOfRepeated(node: GraphNode): GraphNode | undefined {
    const attrs = node.attrs as WindowAttrs
    const [x, filter] = node.inputs as [GraphNode, GraphNode]
    const from = simple(attrs) && unpadded(attrs) ? repeated(x) : undefined
    if (!from) return undefined
    const inputs = [this.made(from.source), this.made(filter)]
    const shape = lower(node.shape, from.factors)
    const small = this.builder.add(node.op, inputs, node.attrs, shape, "float32")
    return this.repeatedTimes(small, node.shape, from.factors, from.scale)
  }

  /** The sum over height and width of repeated values, straight from what was repeated. */
  private sumOfRepeated(node: GraphNode): GraphNode | undefined {
    const axes = node.attrs.axes as readonly number[]
    const x = node.inputs[0]!
    if (x.shape.length !== 4 || !axes.includes(1) || !axes.includes(2)) return undefined
    const from = repeated(x)
    if (!from) return undefined
    const small = this.builder.add("Sum", [this.made(from.source)], node.attrs, node.shape, "float32")
    return this.scaled(small, from.factors[0] * from.factors[1] * from.scale)
  }

  private filterGradient(node: GraphNode): GraphNode | undefined {
    const attrs = node.attrs as WindowAttrs
    if (!simple(attrs)) return undefined
    const [x, dy] = node.inputs as [GraphNode, GraphNode]
    const [ofX, ofDy] = [repeated(x), repeated(dy)]
    // Sums over tiles of the other operand, as a mean times their size.
    if (ofDy) return this.againstRepeatedGradient(node, this.made(x), ofDy)
    return ofX && this.ofRepeatedInput(node, { ...ofX, source: this.made(ofX.source) }, this.made(dy))
  }

  /** dW[a] = sum over i of dy[i] sum over p of x[s i + p + a - pad]: a mean of x, then the gradient at stride s. */
  private againstRepeatedGradient(
    node: GraphNode,
    x: GraphNode,
    { source, factors, scale }: { source: GraphNode; factors: Factors; scale: number },
  ): GraphNode | undefined {
    const attrs = node.attrs as WindowAttrs
    const dy = this.made(source)
    const times = factors[0] * factors[1] * scale
    if (unpadded(attrs)) {
      const inputs = [this.meanOverTiles(x, factors), dy]
      return this.scaled(this.builder.add(node.op, inputs, attrs, node.shape, "float32"), times)
    }
    const mean = this.boxMean(x, factors, attrs.pads)
    if (!mean) return undefined
    const strided: WindowAttrs = { ...attrs, strides: factors, pads: NO_PADS }
    return this.scaled(this.builder.add(node.op, [mean, dy], strided, node.shape, "float32"), times)
  }

  /** The same with the operands exchanged: dW[a] = sum over i of x[i] sum over p of dy[s i + p - a + pad]. */
  private ofRepeatedInput(
    node: GraphNode,
    { source, factors, scale }: { source: GraphNode; factors: Factors; scale: number },
    dy: GraphNode,
  ): GraphNode | undefined {
    const attrs = node.attrs as WindowAttrs
    const { kernel, pads } = attrs
    const times = factors[0] * factors[1] * scale
    if (unpadded(attrs)) {
      const inputs = [source, this.meanOverTiles(dy, factors)]
      return this.scaled(this.builder.add(node.op, inputs, attrs, node.shape, "float32"), times)
    }
    const [top, left, bottom, right] = pads.map((pad, i) => kernel[i % 2]! - 1 - pad) as [
      number,
      number,
      number,
      number,
    ]
    // Rows that dy lacks before and after its first and last tile.
    const mean = this.boxMean(dy, factors, [top, left, bottom, right])
    if (!mean || [top, left, bottom, right].some((pad) => pad < 0)) return undefined
    const [kh, kw, c, o] = node.shape as [number, number, number, number]
    const strided: WindowAttrs = { ...attrs, strides: factors, pads: NO_PADS }
    const flipped = this.builder.add(node.op, [mean, source], strided, [kh, kw, o, c], "float32")
    const reversed = this.builder.add("Reverse", [flipped], { axes: [0, 1] }, flipped.shape, "float32")
    return this.scaled(this.builder.transpose(reversed, [0, 1, 3, 2]), times)
  }

  /** Means of all windows of a tile's size at stride 1, zeros outside; onnxruntime wants each pad below the window. */
  private boxMean(x: GraphNode, factors: Factors, pads: WindowAttrs["pads"]): GraphNode | undefined {
    if (pads.some((pad, i) => pad < 0 || pad >= factors[i % 2]!)) return undefined
    const [n, h, w, c] = x.shape as [number, number, number, number]
    const shape = [n, h + pads[0] + pads[2] - factors[0] + 1, w + pads[1] + pads[3] - factors[1] + 1, c]
    return this.builder.add("BoxMean", [x], { ...PLAIN, kernel: factors, pads }, shape, "float32")
  }
}

const lower = ([n, h, w, c]: Shape, [rows, columns]: Factors): number[] => [n!, h! / rows, w! / columns, c!]
