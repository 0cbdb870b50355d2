import type { TensorInfo } from "@tensorflow/tfjs-core"
import { literal } from "../constants.js"
import type { Emitter } from "../emitter.js"
import type { Dtype } from "../graph.js"
import { type Emit, type Infer, input, type Kernel } from "./define.js"

/** `x` as float32; tfjs lets most float kernels take int32. */
export const asFloat = (x: string, dtype: Dtype, e: Emitter): string =>
  dtype === "float32" ? x : e.cast(x, "float32")

/**
 * A float32 or float64 value cut to int32 as a JavaScript array does it: NaN and infinities become 0, and what lies beyond
 * int32 wraps around (of float32 values, whose neighbors are hundreds apart there, it becomes 0).
 */
export function toInt32(x: string, e: Emitter, from: "float32" | "float64" = "float32"): string {
  const constant = (value: number) => {
    const single = e.fill("float32", value)
    return from === "float32" ? single : e.cast(single, from)
  }
  if (from === "float32") {
    const above = e.op("GreaterOrEqual", [x, constant(-(2 ** 31))])
    const fits = e.op("And", [above, e.op("Less", [x, constant(2 ** 31)])])
    return e.cast(e.op("Where", [fits, x, constant(0)]), "int32")
  }
  const turns = e.op("Floor", [e.op("Div", [e.op("Add", [x, constant(2 ** 31)]), constant(2 ** 32)])])
  const wrapped = e.op("Sub", [x, e.op("Mul", [turns, constant(2 ** 32)])])
  const finite = e.op("Less", [e.op("Abs", [x]), constant(2 ** 53)])
  return e.cast(e.op("Where", [finite, wrapped, constant(0)]), "int32")
}

/** A float32 result in the type that tfjs gives it. */
export function fromFloat(x: string, dtype: Dtype, e: Emitter): string {
  if (dtype === "float32") return x
  const integer = toInt32(x, e)
  return dtype === "int32" ? integer : e.cast(integer, "bool")
}

const unary =
  (
    op: string,
    dtype: (x: TensorInfo) => string,
    attrs?: (call: Parameters<Infer>[0]) => Record<string, unknown>,
  ): Infer =>
  (call) => {
    const x = input(call, "x")
    return call.backend.record(op, [x], attrs?.(call) ?? null, x.shape, dtype(x) as Dtype)
  }

const float = () => "float32"
const same = (x: TensorInfo) => x.dtype

/** Kernels whose result is float32 and whose ONNX form sees a float32 input. */
function floatKernel(name: string, emit: (x: string, e: Emitter) => string): Kernel {
  const emitNode: Emit = (node, [x], e) => emit(asFloat(x!, node.inputs[0]!.dtype, e), e)
  return { name, elementwise: true, infer: unary(name, float), emit: emitNode }
}

const direct = (name: string): Kernel => floatKernel(name, (x, e) => e.op(name, [x]))

/** Float kernels whose result tfjs keeps in the type of the input, cut to whole numbers. */
const cut = (kernel: Kernel): Kernel => ({
  ...kernel,
  infer: unary(kernel.name, same),
  emit: (node, inputs, e) => fromFloat(kernel.emit!(node, inputs, e), node.dtype, e),
})

/** Kernels that keep int32 and bool; `identity` where an integer is its own result (ONNX has no int32 form). */
function keepKernel(
  name: string,
  emit: (x: string, e: Emitter, dtype: Dtype) => string,
  identity = false,
): Kernel {
  const emitNode: Emit = (node, [x], e) => {
    const from = node.inputs[0]!.dtype
    const value = from === "bool" ? e.cast(x!, "int32") : x!
    if (identity && from !== "float32") return e.op("Identity", [x!])
    const result = emit(value, e, from === "bool" ? "int32" : from)
    return from === "bool" ? e.cast(result, "bool") : result
  }
  return { name, elementwise: true, infer: unary(name, same), emit: emitNode }
}

const f = (e: Emitter, value: number) => e.fill("float32", value)

// Steep enough that every normal float32 above 0 gives 1, not so steep that it overflows.
export const STEEP = 3e38

/** 1 where y > 0, else 0, in one vectorized pass: HardSigmoid is min(max(STEEP y, 0), 1). */
const positive = (y: string, e: Emitter): string =>
  e.op("HardSigmoid", [y], { alpha: { float: STEEP }, beta: { float: 0 } })

export const unaryKernels: readonly Kernel[] = [
  ...["Sqrt", "Log", "Sigmoid", "Tanh", "Sin", "Cos", "Cosh", "Erf", "Elu"].map(direct),
  ...["Asin", "Acos", "Atan", "Sinh", "Asinh", "Acosh", "Atanh"].map((name) => cut(direct(name))),
  ...["Reciprocal", "Selu", "Softplus"].map((name) => cut(direct(name))),
  {
    name: "Exp",
    elementwise: true,
    infer: unary("Exp", float),
    // Integers reach where float32's own rounding shows: exp(10) is one unit off.
    emit: (node, [x], e) =>
      node.inputs[0]!.dtype === "float32"
        ? e.op("Exp", [x!])
        : e.cast(e.op("Exp", [e.cast(x!, "float64")]), "float32"),
  },
  // In double: near its poles float32's rounding of the argument's reduction is visible. onnxruntime has no double Tan.
  floatKernel("Tan", (x, e) => {
    const wide = e.cast(x, "float64")
    return e.cast(e.op("Div", [e.op("Sin", [wide]), e.op("Cos", [wide])]), "float32")
  }),
  floatKernel("Rsqrt", (x, e) => e.op("Reciprocal", [e.op("Sqrt", [x])])),
  // log(1 + x) alone loses all digits near 0; 2 atanh(x / (2 + x)) is the same function without the cancellation.
  cut(
    floatKernel("Log1p", (x, e) => {
      const small = e.op("Mul", [e.op("Atanh", [e.op("Div", [x, e.op("Add", [x, f(e, 2)])])]), f(e, 2)])
      const near = e.op("Less", [e.op("Abs", [x]), f(e, 0.5)])
      return e.op("Where", [near, small, e.op("Log", [e.op("Add", [x, f(e, 1)])])])
    }),
  ),
  // The same for exp(x) - 1 = 2 t / (1 - t), t = tanh(x / 2).
  cut(
    floatKernel("Expm1", (x, e) => {
      const t = e.op("Tanh", [e.op("Mul", [x, f(e, 0.5)])])
      const small = e.op("Div", [e.op("Mul", [t, f(e, 2)]), e.op("Sub", [f(e, 1), t])])
      const near = e.op("Less", [e.op("Abs", [x]), f(e, 0.5)])
      return e.op("Where", [near, small, e.op("Sub", [e.op("Exp", [x]), f(e, 1)])])
    }),
  ),
  keepKernel("Abs", (x, e) => e.op("Abs", [x])),
  keepKernel("Neg", (x, e) => e.op("Neg", [x])),
  keepKernel("Floor", (x, e) => e.op("Floor", [x]), true),
  keepKernel("Ceil", (x, e) => e.op("Ceil", [x]), true),
  keepKernel("Round", (x, e) => e.op("Round", [x]), true),
  keepKernel("Square", (x, e) => e.op("Mul", [x, x])),
  keepKernel("Relu", (x, e, dtype) =>
    dtype === "float32" ? e.op("Relu", [x]) : e.op("Max", [x, e.fill(dtype, 0)]),
  ),
  keepKernel("Relu6", (x, e, dtype) => e.op("Clip", [x, e.fill(dtype, 0), e.fill(dtype, 6)])),
  // tfjs: the sign of NaN is 0. ONNX Sign gives NaN and is slower than the two comparisons (6.7 ms for 4M).
  keepKernel("Sign", (x, e, dtype) => {
    const zero = e.fill(dtype, 0)
    return e.op("Sub", [e.cast(e.op("Greater", [x, zero]), dtype), e.cast(e.op("Less", [x, zero]), dtype)])
  }),
  {
    name: "Step",
    elementwise: true,
    infer: unary(
      "Step",
      (x) => x.dtype,
      ({ attrs }) => ({ alpha: literal((attrs.alpha ?? 0) as number) }),
    ),
    // NaN fails both comparisons and stays NaN.
    emit: (node, [x], e) => {
      const value = asFloat(x!, node.inputs[0]!.dtype, e)
      const rest = e.op("Where", [
        e.op("LessOrEqual", [value, f(e, 0)]),
        f(e, Number(node.attrs.alpha)),
        value,
      ])
      const result = e.op("Where", [e.op("Greater", [value, f(e, 0)]), f(e, 1), rest])
      return node.dtype === "float32" ? result : e.cast(result, node.dtype)
    },
  },
  {
    name: "LeakyRelu",
    elementwise: true,
    infer: unary("LeakyRelu", float, ({ attrs }) => ({ alpha: attrs.alpha ?? 0.2 })),
    emit: (node, [x], e) =>
      e.op("LeakyRelu", [asFloat(x!, node.inputs[0]!.dtype, e)], {
        alpha: { float: node.attrs.alpha as number },
      }),
  },
  {
    name: "ClipByValue",
    elementwise: true,
    infer: unary("ClipByValue", same, ({ attrs }) => ({
      low: literal(attrs.clipValueMin as number),
      high: literal(attrs.clipValueMax as number),
    })),
    emit: (node, [x], e) => {
      const [low, high] = [Number(node.attrs.low), Number(node.attrs.high)]
      if (node.dtype !== "bool") return e.op("Clip", [x!, e.fill(node.dtype, low), e.fill(node.dtype, high)])
      const clipped = e.op("Clip", [asFloat(x!, "bool", e), f(e, low), f(e, high)])
      return e.cast(clipped, "bool")
    },
  },
  {
    name: "EluGrad",
    elementwise: true,
    infer: (call) => {
      const dy = input(call, "dy")
      return call.backend.record("EluGrad", [dy, input(call, "y")], null, dy.shape, "float32")
    },
    emit: (_, [dy, y], e) => {
      const scaled = e.op("Mul", [dy!, e.op("Add", [y!, f(e, 1)])])
      return e.op("Where", [e.op("GreaterOrEqual", [y!, f(e, 0)]), dy!, scaled])
    },
  },
  {
    // Ours (gradients/relu.ts): the mask comes from the output, so x need not be kept.
    name: "ReluGrad",
    elementwise: true,
    infer: (call) => {
      const dy = input(call, "dy")
      return call.backend.record("ReluGrad", [dy, input(call, "y")], null, dy.shape, "float32")
    },
    // Greater and Cast take 3 times as long as this mask, Where more: 5 % of a training step.
    emit: (_, [dy, y], e) => e.op("Mul", [dy!, positive(y!, e)]),
  },
  {
    // Ours (gradients/leaky-relu.ts).
    name: "LeakyReluGrad",
    elementwise: true,
    infer: (call) => {
      const dy = input(call, "dy")
      const attrs = { alpha: call.attrs.alpha as number }
      return call.backend.record("LeakyReluGrad", [dy, input(call, "y")], attrs, dy.shape, "float32")
    },
    emit: (node, [dy, y], e) =>
      e.op("Mul", [dy!, e.op("Max", [positive(y!, e), f(e, node.attrs.alpha as number)])]),
  },
]
