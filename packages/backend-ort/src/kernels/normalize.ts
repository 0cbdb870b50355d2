import type { Emitter } from "../emitter.js"
import type { GraphNode } from "../graph.js"
import { range } from "../shapes.js"
import { input, type Kernel, type KernelCall } from "./define.js"

interface Attrs {
  readonly radius: number
  readonly bias: number
  readonly alpha: number
  readonly beta: number
}

const attrsOf = ({ attrs }: KernelCall) => ({
  radius: attrs.depthRadius,
  bias: attrs.bias,
  alpha: attrs.alpha,
  beta: attrs.beta,
})

/** The sum over the neighboring channels, as a product with a band of ones. */
function neighborhood(x: string, channels: number, radius: number, e: Emitter): string {
  const band = range(channels).flatMap((i) => range(channels).map((j) => Number(Math.abs(i - j) <= radius)))
  return e.op("MatMul", [x, e.floats(band, [channels, channels])])
}

const f = (e: Emitter, value: number) => e.fill("float32", value)

/** bias + alpha * (sum of squares of the neighboring channels) */
function norm(x: string, node: GraphNode, e: Emitter): string {
  const { radius, bias, alpha } = node.attrs as unknown as Attrs
  const squares = neighborhood(e.op("Mul", [x, x]), node.shape[3]!, radius, e)
  return e.op("Add", [e.op("Mul", [squares, f(e, alpha)]), f(e, bias)])
}

/** Local response normalization across channels. */
export const normalizeKernels: readonly Kernel[] = [
  {
    name: "LRN",
    infer: (call) => {
      const x = input(call, "x")
      if (x.shape.includes(0) || x.dtype !== "float32") return null
      return call.backend.record("LRN", [x], attrsOf(call), x.shape, "float32")
    },
    emit: (node, [x], e) => {
      const { beta } = node.attrs as unknown as Attrs
      return e.op("Mul", [x!, e.op("Pow", [norm(x!, node, e), f(e, -beta)])])
    },
  },
  {
    name: "LRNGrad",
    infer: (call) => {
      const x = input(call, "x")
      if (x.shape.includes(0)) return null
      const inputs = [x, input(call, "y"), input(call, "dy")]
      return call.backend.record("LRNGrad", inputs, attrsOf(call), x.shape, "float32")
    },
    emit: (node, [x, y, dy], e) => {
      const { radius, alpha, beta } = node.attrs as unknown as Attrs
      const scale = norm(x!, node, e)
      const own = e.op("Mul", [dy!, e.op("Pow", [scale, f(e, -beta)])])
      const share = e.op("Div", [e.op("Mul", [dy!, y!]), scale])
      const others = e.op("Mul", [x!, neighborhood(share, node.shape[3]!, radius, e)])
      return e.op("Sub", [own, e.op("Mul", [others, f(e, 2 * alpha * beta)])])
    },
  },
]
