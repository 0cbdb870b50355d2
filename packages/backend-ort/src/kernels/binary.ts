import { backend_util, type DataType, type TensorInfo, upcastType } from "@tensorflow/tfjs-core"
import type { Emitter } from "../emitter.js"
import type { Dtype, GraphNode } from "../graph.js"
import { type Infer, input, type Kernel } from "./define.js"
import { asFloat, fromFloat, toInt32 } from "./unary.js"

const resultShape = (a: TensorInfo, b: TensorInfo) =>
  backend_util.assertAndGetBroadcastShape(a.shape, b.shape)

function infer(name: string, dtype: (a: DataType, b: DataType) => DataType): Infer {
  return (call) => {
    const a = input(call, "a")
    const b = input(call, "b")
    return call.backend.record(name, [a, b], null, resultShape(a, b), dtype(a.dtype, b.dtype))
  }
}

/** Both operands in the type of the result. */
const operands = (node: GraphNode, values: readonly string[], e: Emitter): string[] =>
  values.map((value, i) => (node.inputs[i]!.dtype === node.dtype ? value : e.cast(value, node.dtype)))

const arithmeticType = (a: DataType, b: DataType): DataType => {
  const type = upcastType(a, b)
  return type === "bool" ? "int32" : type
}

const arithmetic = (name: string, op: string): Kernel => ({
  name,
  elementwise: true,
  infer: infer(name, arithmeticType),
  emit: (node, values, e) => e.op(op, operands(node, values, e)),
})

/** tfjs's Mod takes the sign of the divisor, by a second remainder. */
function floorModulo(x: string, y: string, e: Emitter): string {
  const zero = e.fill("float32", 0)
  const remainder = (value: string) => e.op("Mod", [value, y], { fmod: 1 })
  const rest = remainder(x)
  const both = (op: string) => e.op("And", [e.op(op, [x, zero]), e.op(op, [y, zero])])
  const alike = e.op("Or", [both("Less"), both("GreaterOrEqual")])
  return e.op("Where", [alike, rest, remainder(e.op("Add", [rest, y]))])
}

/** JavaScript has NaN where C has 1: 1 to the power of NaN or infinity, -1 to the power of infinity. */
function power(x: string, y: string, e: Emitter): string {
  const one = e.op("Equal", [e.op("Abs", [x]), e.fill("float32", 1)])
  const unbounded = e.op("Or", [e.op("IsNaN", [y]), e.op("IsInf", [y])])
  return e.op("Where", [e.op("And", [one, unbounded]), e.fill("float32", Number.NaN), e.op("Pow", [x, y])])
}

/** The angle of (x, y) in all four quadrants, with the signs of zeros and infinities of Math.atan2. */
function angle(y: string, x: string, e: Emitter): string {
  const f = (value: number) => e.fill("float32", value)
  const negative = (v: string) =>
    e.op("Or", [e.op("Less", [v, f(0)]), e.op("Less", [e.op("Reciprocal", [v]), f(0)])])
  const both = (test: (v: string) => string) => e.op("And", [test(y), test(x)])
  // inf / inf counts as 1 / 1, and 0 / 0 as 0.
  const infinite = both((v) => e.op("IsInf", [v]))
  const zero = both((v) => e.op("Equal", [v, f(0)]))
  const bounded = (v: string) => e.op("Where", [infinite, e.op("Clip", [v, f(-1), f(1)]), v])
  const ratio = e.op("Where", [zero, f(0), e.op("Div", [bounded(y), bounded(x)])])
  const right = e.op("Atan", [ratio])
  const half = e.op("Where", [negative(y), f(-Math.PI), f(Math.PI)])
  const turned = e.op("Where", [negative(x), e.op("Add", [right, half]), right])
  // +0 and -0 in y over a right-hand x.
  return e.op("Where", [e.op("And", [zero, e.op("Not", [negative(x)])]), y, turned])
}

export const binaryKernels: readonly Kernel[] = [
  arithmetic("Add", "Add"),
  arithmetic("Sub", "Sub"),
  arithmetic("Multiply", "Mul"),
  arithmetic("Maximum", "Max"),
  arithmetic("Minimum", "Min"),
  {
    name: "Pow",
    elementwise: true,
    infer: infer("Pow", arithmeticType),
    emit: (node, values, e) => {
      if (node.inputs.every((input) => input.dtype === "float32")) return power(values[0]!, values[1]!, e)
      const result = e.op(
        "Pow",
        values.map((value) => e.cast(value, "float64")),
      )
      return node.dtype === "int32" ? toInt32(result, e, "float64") : e.cast(result, "float32")
    },
  },
  {
    name: "RealDiv",
    elementwise: true,
    infer: infer("RealDiv", () => "float32"),
    emit: (node, values, e) => e.op("Div", operands(node, values, e)),
  },
  {
    name: "SquaredDifference",
    elementwise: true,
    infer: infer("SquaredDifference", arithmeticType),
    emit: (node, values, e) => {
      const difference = e.op("Sub", operands(node, values, e))
      return e.op("Mul", [difference, difference])
    },
  },
  {
    name: "BitwiseAnd",
    elementwise: true,
    infer: infer("BitwiseAnd", () => "int32"),
    emit: (_, values, e) => e.op("BitwiseAnd", values),
  },
  {
    name: "Atan2",
    elementwise: true,
    // In the type of y, cut to whole numbers.
    infer: infer("Atan2", (a) => a),
    emit: (node, values, e) => {
      const [y, x] = values.map((value, i) => asFloat(value, node.inputs[i]!.dtype, e))
      return fromFloat(angle(y!, x!, e), node.dtype, e)
    },
  },
  {
    name: "FloorDiv",
    elementwise: true,
    infer: infer("FloorDiv", () => "int32"),
    emit: (_, values, e) => {
      // In double: float32 holds integers up to 2^24 only, and rounds 1.5 / 0.3 up to 5.
      const quotient = e.op(
        "Div",
        values.map((value) => e.cast(value, "float64")),
      )
      return toInt32(e.op("Floor", [quotient]), e, "float64")
    },
  },
  {
    name: "Mod",
    elementwise: true,
    infer: infer("Mod", arithmeticType),
    emit: (node, values, e) => {
      const [x, y] = operands(node, values, e)
      if (node.dtype === "float32") return floorModulo(x!, y!, e)
      // ONNX integer Mod takes the sign of the divisor, as tfjs does. By 0 and by -1 tfjs gives 0; onnxruntime refuses 0,
      // and -2^31 by -1 ends the process.
      const zero = e.fill("int32", 0)
      const none = e.op("Or", [e.op("Equal", [y!, zero]), e.op("Equal", [y!, e.fill("int32", -1)])])
      const rest = e.op("Mod", [x!, e.op("Where", [none, e.fill("int32", 1), y!])])
      return e.op("Where", [none, zero, rest])
    },
  },
  {
    name: "Prelu",
    elementwise: true,
    infer: (call) => {
      const x = input(call, "x")
      const alpha = input(call, "alpha")
      return call.backend.record("Prelu", [x, alpha], null, resultShape(x, alpha), "float32")
    },
    emit: (node, values, e) => {
      const [x, alpha] = values.map((value, i) => asFloat(value, node.inputs[i]!.dtype, e))
      return e.op("Where", [e.op("Less", [x!, e.fill("float32", 0)]), e.op("Mul", [x!, alpha!]), x!])
    },
  },
  {
    name: "AddN",
    elementwise: true,
    infer: ({ inputs, backend }) => {
      const all = Object.values(inputs) as TensorInfo[]
      if (all[0]!.dtype === "bool") return null
      return backend.record("AddN", all, null, all[0]!.shape, all[0]!.dtype as Dtype)
    },
    // ONNX Sum has no int32 form.
    emit: (node, values, e) =>
      node.dtype === "float32"
        ? e.op("Sum", values)
        : values.reduce((sum, value) => e.op("Add", [sum, value])),
  },
]
