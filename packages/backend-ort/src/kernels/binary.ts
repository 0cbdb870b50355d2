import { backend_util, type DataType, type TensorInfo, upcastType } from "@tensorflow/tfjs-core"
import type { Emitter } from "../emitter.js"
import type { Dtype, GraphNode } from "../graph.js"
import { type Infer, input, type Kernel } from "./define.js"
import { asFloat } from "./unary.js"

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

/** True where the signs of remainder and divisor differ: tfjs's Mod takes the sign of the divisor. */
function floorModulo(x: string, y: string, e: Emitter): string {
  const zero = e.fill("float32", 0)
  const rest = e.op("Mod", [x, y], { fmod: 1 })
  const crossed = e.op("Less", [e.op("Mul", [rest, y]), zero])
  return e.op("Where", [crossed, e.op("Add", [rest, y]), rest])
}

export const binaryKernels: readonly Kernel[] = [
  arithmetic("Add", "Add"),
  arithmetic("Sub", "Sub"),
  arithmetic("Multiply", "Mul"),
  arithmetic("Maximum", "Max"),
  arithmetic("Minimum", "Min"),
  arithmetic("Pow", "Pow"),
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
    name: "FloorDiv",
    elementwise: true,
    infer: infer("FloorDiv", () => "int32"),
    emit: (node, values, e) => {
      const [x, y] = values.map((value, i) => asFloat(value, node.inputs[i]!.dtype, e))
      return e.cast(e.op("Floor", [e.op("Div", [x!, y!])]), "int32")
    },
  },
  {
    name: "Mod",
    elementwise: true,
    infer: infer("Mod", arithmeticType),
    emit: (node, values, e) => {
      const [x, y] = operands(node, values, e)
      // ONNX integer Mod takes the sign of the divisor, as tfjs does.
      return node.dtype === "float32" ? floorModulo(x!, y!, e) : e.op("Mod", [x!, y!])
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
      return backend.record("AddN", all, null, all[0]!.shape, all[0]!.dtype as Dtype)
    },
    // ONNX Sum has no int32 form.
    emit: (node, values, e) =>
      node.dtype === "float32"
        ? e.op("Sum", values)
        : values.reduce((sum, value) => e.op("Add", [sum, value])),
  },
]
