import type { TensorInfo } from "@tensorflow/tfjs-core"
import { literal } from "../constants.js"
import type { Emitter } from "../emitter.js"
import type { Dtype } from "../graph.js"
import { type Emit, type Infer, input, type Kernel } from "./define.js"

/** `x` as float32; tfjs lets most float kernels take int32. */
export const asFloat = (x: string, dtype: Dtype, e: Emitter): string =>
  dtype === "float32" ? x : e.cast(x, "float32")

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
const numberType = (x: TensorInfo) => (x.dtype === "bool" ? "int32" : x.dtype)

/** Kernels whose result is float32 and whose ONNX form sees a float32 input. */
function floatKernel(name: string, emit: (x: string, e: Emitter) => string): Kernel {
  const emitNode: Emit = (node, [x], e) => emit(asFloat(x!, node.inputs[0]!.dtype, e), e)
  return { name, elementwise: true, infer: unary(name, float), emit: emitNode }
}

const direct = (name: string): Kernel => floatKernel(name, (x, e) => e.op(name, [x]))

/** Kernels that keep int32; `identity` where an integer is its own result (ONNX has no int32 form). */
function keepKernel(
  name: string,
  emit: (x: string, e: Emitter, dtype: Dtype) => string,
  identity = false,
): Kernel {
  const emitNode: Emit = (node, [x], e) => {
    const from = node.inputs[0]!.dtype
    const value = from === "bool" ? e.cast(x!, "int32") : x!
    return identity && from !== "float32" ? e.op("Identity", [value]) : emit(value, e, node.dtype)
  }
  return { name, elementwise: true, infer: unary(name, numberType), emit: emitNode }
}

const f = (e: Emitter, value: number) => e.fill("float32", value)

export const unaryKernels: readonly Kernel[] = [
  ...["Sqrt", "Log", "Sigmoid", "Tanh", "Softplus", "Sin", "Cos", "Asin", "Acos", "Atan"].map(direct),
  ...["Sinh", "Cosh", "Asinh", "Acosh", "Atanh", "Erf", "Reciprocal", "Elu", "Selu"].map(direct),
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
  floatKernel("Log1p", (x, e) => {
    const small = e.op("Mul", [e.op("Atanh", [e.op("Div", [x, e.op("Add", [x, f(e, 2)])])]), f(e, 2)])
    const near = e.op("Less", [e.op("Abs", [x]), f(e, 0.5)])
    return e.op("Where", [near, small, e.op("Log", [e.op("Add", [x, f(e, 1)])])])
  }),
  // The same for exp(x) - 1 = 2 t / (1 - t), t = tanh(x / 2).
  floatKernel("Expm1", (x, e) => {
    const t = e.op("Tanh", [e.op("Mul", [x, f(e, 0.5)])])
    const small = e.op("Div", [e.op("Mul", [t, f(e, 2)]), e.op("Sub", [f(e, 1), t])])
    const near = e.op("Less", [e.op("Abs", [x]), f(e, 0.5)])
    return e.op("Where", [near, small, e.op("Sub", [e.op("Exp", [x]), f(e, 1)])])
  }),
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
    infer: unary(
      "ClipByValue",
      (x) => x.dtype,
      ({ attrs }) => ({
        low: literal(attrs.clipValueMin as number),
        high: literal(attrs.clipValueMax as number),
      }),
    ),
    emit: (node, [x], e) => {
      const { low, high } = node.attrs
      return e.op("Clip", [x!, e.fill(node.dtype, Number(low)), e.fill(node.dtype, Number(high))])
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
    // Greater, Cast and Mul: a Where with a scalar branch takes twice as long (6.0 against 2.5 ms for 4M), Sign more.
    emit: (_, [dy, y], e) => e.op("Mul", [dy!, e.cast(e.op("Greater", [y!, f(e, 0)]), "float32")]),
  },
]
