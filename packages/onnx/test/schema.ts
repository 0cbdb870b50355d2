// onnx.checker's rules on operators, for tests: each exists at the opset and takes these inputs, outputs and attributes.
// The table comes from ONNX's own schemas (tools/reference/onnx_operators.py).
import type { Attribute, Model } from "../src/index.js"
import table from "./operators.json" with { type: "json" }

interface Operator {
  readonly inputs: readonly (number | null)[]
  readonly outputs: readonly (number | null)[]
  /** Type, with " required" where it has no default. */
  readonly attributes: Readonly<Record<string, string>>
}

const operators = table.operators as unknown as Readonly<Record<string, Operator>>

function typeOf(value: Attribute): string {
  if (typeof value === "number") return "INT"
  if (typeof value === "string") return "STRING"
  if ("float" in value) return "FLOAT"
  return "floats" in value ? "FLOATS" : "INTS"
}

const outside = (count: number, [low, high]: readonly (number | null)[]): boolean =>
  count < low! || (high !== null && count > high!)

/** What ONNX's schemas of the table's opset would refuse; [] for a good model. */
export function schemaProblems({ nodes, opsets }: Model): string[] {
  const problems: string[] = []
  if (opsets[""] !== table.opset) problems.push(`opset ${opsets[""]}, the table has ${table.opset}`)
  for (const { op, inputs, outputs, attributes = {} } of nodes) {
    const operator = operators[op]
    if (!operator) {
      problems.push(`${op} is no operator of opset ${table.opset}`)
      continue
    }
    if (outside(inputs.length, operator.inputs)) problems.push(`${op} has ${inputs.length} inputs`)
    if (outside(outputs.length, operator.outputs)) problems.push(`${op} has ${outputs.length} outputs`)
    for (const [name, value] of Object.entries(attributes)) {
      const type = operator.attributes[name]?.split(" ")[0]
      if (type !== typeOf(value))
        problems.push(`${op}.${name} is ${typeOf(value)}, expected ${type ?? "nothing"}`)
    }
    for (const [name, type] of Object.entries(operator.attributes))
      if (type.endsWith("required") && !(name in attributes)) problems.push(`${op} lacks ${name}`)
  }
  return problems
}
