import { backend_util, type TensorInfo, upcastType } from "@tensorflow/tfjs-core"
import type { Emitter } from "../emitter.js"
import type { Dtype, GraphNode } from "../graph.js"
import { toComplex } from "./complex.js"
import { type Infer, input, type Kernel } from "./define.js"
import { asFloat, toInt32 } from "./unary.js"

const infer =
  (name: string): Infer =>
  (call) => {
    const a = input(call, "a")
    const b = input(call, "b")
    return call.backend.record(
      name,
      [a, b],
      null,
      backend_util.assertAndGetBroadcastShape(a.shape, b.shape),
      "bool",
    )
  }

/** Both operands in one type that ONNX compares; it has no order on booleans. */
function comparable(node: GraphNode, values: readonly string[], e: Emitter): string[] {
  const [a, b] = node.inputs
  const type = upcastType(a!.dtype, b!.dtype) as Dtype
  const common = type === "bool" ? "int32" : type
  return values.map((value, i) => (node.inputs[i]!.dtype === common ? value : e.cast(value, common)))
}

const comparison = (name: string, op: string, negate = false): Kernel => ({
  name,
  elementwise: true,
  infer: infer(name),
  emit: (node, values, e) => {
    const result = e.op(op, comparable(node, values, e))
    return negate ? e.op("Not", [result]) : result
  },
})

const asBool = (x: string, dtype: Dtype, e: Emitter): string =>
  dtype === "bool" ? x : e.op("Not", [e.op("Equal", [x, e.fill(dtype, 0)])])

const logical = (name: string, op: string): Kernel => ({
  name,
  elementwise: true,
  infer: infer(name),
  emit: (node, values, e) =>
    e.op(
      op,
      values.map((value, i) => asBool(value, node.inputs[i]!.dtype, e)),
    ),
})

const predicate = (name: string, emit: (x: string, e: Emitter) => string): Kernel => ({
  name,
  elementwise: true,
  infer: (call) => call.backend.record(name, [input(call, "x")], null, input(call, "x").shape, "bool"),
  emit: (node, [x], e) => emit(asFloat(x!, node.inputs[0]!.dtype, e), e),
})

const selectCondition = (call: Parameters<Infer>[0], condition: TensorInfo, rank: number): TensorInfo => {
  // A condition of rank 1 chooses rows.
  if (condition.shape.length !== 1 || rank <= 1) return call.backend.share(condition)
  const shape = [condition.shape[0]!, ...new Array<number>(rank - 1).fill(1)]
  return call.backend.record("Reshape", [condition], null, shape, condition.dtype)
}

export const compareKernels: readonly Kernel[] = [
  comparison("Greater", "Greater"),
  comparison("GreaterEqual", "GreaterOrEqual"),
  comparison("Less", "Less"),
  comparison("LessEqual", "LessOrEqual"),
  comparison("Equal", "Equal"),
  comparison("NotEqual", "Equal", true),
  logical("LogicalAnd", "And"),
  logical("LogicalOr", "Or"),
  {
    name: "LogicalNot",
    elementwise: true,
    infer: (call) =>
      call.backend.record("LogicalNot", [input(call, "x")], null, input(call, "x").shape, "bool"),
    emit: (node, [x], e) => e.op("Not", [asBool(x!, node.inputs[0]!.dtype, e)]),
  },
  predicate("IsNan", (x, e) => e.op("IsNaN", [x])),
  predicate("IsInf", (x, e) => e.op("IsInf", [x])),
  predicate("IsFinite", (x, e) =>
    e.op("Less", [e.op("Abs", [x]), e.fill("float32", Number.POSITIVE_INFINITY)]),
  ),
  {
    name: "Select",
    elementwise: true,
    infer: (call) => {
      const yes = input(call, "t")
      const no = input(call, "e")
      const condition = selectCondition(call, input(call, "condition"), yes.shape.length)
      const result = call.backend.record(
        "Select",
        [condition, yes, no],
        null,
        yes.shape,
        upcastType(yes.dtype, no.dtype),
      )
      call.backend.disposeData(condition.dataId)
      return result
    },
    emit: (node, [condition, yes, no], e) => {
      const chosen = asBool(condition!, node.inputs[0]!.dtype, e)
      // ONNX Where has no boolean branches.
      const type = node.dtype === "bool" ? "int32" : node.dtype
      const branch = (value: string, from: Dtype) => (from === type ? value : e.cast(value, type))
      const result = e.op("Where", [
        chosen,
        branch(yes!, node.inputs[1]!.dtype),
        branch(no!, node.inputs[2]!.dtype),
      ])
      return node.dtype === "bool" ? e.cast(result, "bool") : result
    },
  },
  {
    name: "Cast",
    elementwise: true,
    infer: (call) => {
      const x = input(call, "x")
      const dtype = call.attrs.dtype as Dtype
      if (dtype === x.dtype) return call.backend.share(x)
      if (dtype === ("complex64" as string)) return toComplex(call)
      if (!["float32", "int32", "bool"].includes(dtype)) return null
      return call.backend.record("Cast", [x], null, x.shape, dtype)
    },
    emit: (node, [x], e) => {
      const from = node.inputs[0]!.dtype
      if (node.dtype === "bool") return asBool(x!, from, e)
      return from === "float32" ? toInt32(x!, e) : e.cast(x!, node.dtype)
    },
  },
]
