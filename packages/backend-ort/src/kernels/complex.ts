/**
 * Complex tensors are pairs of real ones (backend.ts), so their kernels are compositions of real kernels. These entries
 * take the calls that have a complex input; kernels without one run on the cpu backend.
 */
import type { TensorInfo } from "@tensorflow/tfjs-core"
import { type Composition, composed } from "./compose.js"
import { type Infer, input, type Kernel, type KernelCall } from "./define.js"

type Parts = "real" | "imag"

const part = ({ backend }: KernelCall, x: TensorInfo, which: Parts): TensorInfo => ({
  ...backend.hostData(x.dataId)!.complex![which],
  shape: x.shape,
})

const join = (c: Composition, real: TensorInfo, imag: TensorInfo): TensorInfo =>
  c.own(c.backend.complex(real, imag))

/** The same kernel on the real and on the imaginary parts: sums and all that moves elements about. */
const byParts = (name: string): Infer =>
  composed((c, call) => {
    const on = (which: Parts) => {
      // Concat and Pack have an array of inputs.
      const inputs = (Array.isArray(call.inputs) ? [] : {}) as Record<string, TensorInfo>
      for (const [key, x] of Object.entries(call.inputs) as [string, TensorInfo][])
        inputs[key] = x.dtype === "complex64" ? part(call, x, which) : x
      return c.run(name, inputs, call.attrs)
    }
    return join(c, on("real"), on("imag"))
  })

const oneOf = (which: Parts): Infer =>
  composed((_, call) => (call.inputs.input ? part(call, input(call, "input"), which) : null))

/** Along the last axis; the inverse divides by its length. */
const fourier = (inverse: boolean): Infer =>
  composed((c, call) => {
    const x = input(call, "input")
    if (x.shape.includes(0)) return null
    const shape = [...x.shape, 2]
    const pair = c.own(
      call.backend.record(
        "FourierTransform",
        [part(call, x, "real"), part(call, x, "imag")],
        { inverse },
        shape,
        "float32",
      ),
    )
    const [real, imag] = [0, 1].map((i) => {
      const begin = [...x.shape.map(() => 0), i]
      return c.reshape(c.run("Slice", { x: pair }, { begin, size: [...x.shape, 1] }), x.shape)
    })
    return join(c, real!, imag!)
  })

const moves = "Concat ExpandDims GatherV2 Neg Pack PadV2 Reshape Reverse Slice Sum Tile Transpose ZerosLike"

/** Calls with a complex input, by kernel. */
export const complexCalls: ReadonlyMap<string, Infer> = new Map<string, Infer>([
  ...["Add", "Sub", ...moves.split(" ")].map((name): [string, Infer] => [name, byParts(name)]),
  ["Real", oneOf("real")],
  ["Imag", oneOf("imag")],
  ["FFT", fourier(false)],
  ["IFFT", fourier(true)],
  [
    "Multiply",
    composed((c, call) => {
      const [a, b] = [input(call, "a"), input(call, "b")]
      const times = (p: Parts, q: Parts) => c.binary("Multiply", part(call, a, p), part(call, b, q))
      const real = c.binary("Sub", times("real", "real"), times("imag", "imag"))
      return join(c, real, c.binary("Add", times("real", "imag"), times("imag", "real")))
    }),
  ],
  [
    "ComplexAbs",
    (call) => {
      const x = input(call, "x")
      const parts = [part(call, x, "real"), part(call, x, "imag")]
      return call.backend.record("ComplexAbs", parts, null, x.shape, "float32")
    },
  ],
  [
    "OnesLike",
    composed((c, call) => {
      const real = part(call, input(call, "x"), "real")
      return join(c, c.run("OnesLike", { x: real }), c.run("ZerosLike", { x: real }))
    }),
  ],
  [
    "Cast",
    composed((c, call) => {
      const x = input(call, "x")
      const { dtype } = call.attrs as { dtype: string }
      return dtype === "complex64" ? x : c.run("Cast", { x: part(call, x, "real") }, { dtype })
    }),
  ],
])

/** A real tensor as a complex one. */
export const toComplex: Infer = composed((c, call) => {
  const real = c.run("Cast", { x: input(call, "x") }, { dtype: "float32" })
  return join(c, real, c.run("ZerosLike", { x: real }))
})

export const complexKernels: readonly Kernel[] = [
  { name: "Complex", infer: (call) => call.backend.complex(input(call, "real"), input(call, "imag")) },
  {
    name: "ComplexAbs",
    elementwise: true,
    // large * sqrt(1 + (small / large)^2): squares of small numbers would underflow.
    emit: (_, values, e) => {
      const [a, b] = values.map((value) => e.op("Abs", [value]))
      const large = e.op("Max", [a!, b!])
      const zero = e.op("Equal", [large, e.fill("float32", 0)])
      const ratio = e.op("Div", [e.op("Min", [a!, b!]), e.op("Where", [zero, e.fill("float32", 1), large])])
      const root = e.op("Sqrt", [e.op("Add", [e.op("Mul", [ratio, ratio]), e.fill("float32", 1)])])
      return e.op("Where", [e.op("IsInf", [large]), large, e.op("Mul", [large, root])])
    },
  },
  {
    // [.., n] and [.., n] -> [.., n, 2]
    name: "FourierTransform",
    emit: (node, values, e) => {
      const column = [...node.shape.slice(0, -1), 1]
      const rows = node.shape.length === 2 ? [1, ...node.shape] : node.shape
      const parts = values.map((value) => e.reshape(value, column))
      const pair = e.reshape(e.op("Concat", parts, { axis: -1 }), rows)
      const attrs = { axis: rows.length - 2, inverse: Number(node.attrs.inverse) }
      return e.reshape(e.op("DFT", [pair], attrs), node.shape)
    },
  },
]
