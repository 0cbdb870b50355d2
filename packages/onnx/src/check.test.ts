import { expect, test } from "vitest"
import { schemaProblems } from "../test/schema.js"
import { affine } from "../test/session-checks.js"
import { type Model, modelProblems } from "./index.js"

const changed = (change: Partial<Model>): string[] => modelProblems({ ...affine, ...change })
const [first, ...rest] = affine.nodes as [Model["nodes"][0], ...Model["nodes"]]

test("a portable model has no problems", () => {
  expect(modelProblems(affine)).toEqual([])
})

test.each<[string, Partial<Model>, string]>([
  ["a private domain", { opsets: { "": 18, "com.microsoft": 1 } }, "imports the operator set com.microsoft"],
  [
    "a private operator",
    { nodes: [{ ...first, domain: "com.microsoft" }, ...rest] },
    "uses com.microsoft.MatMul, which is no standard operator",
  ],
  ["an old opset", { opsets: { "": 11 } }, "asks for opset 11, expected 17 to 20"],
  ["no opset", { opsets: {} }, "imports no standard operator set"],
  ["a new file format", { irVersion: 12 }, "has IR version 12, expected 8 to 10"],
  ["nodes out of order", { nodes: [...rest, first] }, 'Add uses "product" before it is computed'],
  ["a name given twice", { nodes: [first, ...affine.nodes] }, '"product" is defined twice'],
  [
    "an output without a name",
    { nodes: [{ ...first, outputs: [""] }, ...rest] },
    "an output of MatMul has no name",
  ],
  ["an output nobody computes", { nodes: [first] }, 'output "y" is not computed'],
  ["no outputs", { outputs: [] }, "has no outputs"],
  [
    "weights that were cut",
    { initializers: [{ ...affine.initializers[0]!, dims: [3] }] },
    'initializer "w" has 8 bytes, expected 12',
  ],
  [
    "a shape without sizes",
    { inputs: [{ name: "x", type: "float32", dims: [-1, 2] }, affine.inputs[1]!] },
    '"x" has the shape [-1,2], expected sizes and names',
  ],
])("%s is named", (_, change, problem) => {
  expect(changed(change)).toContain(problem)
})

test("ONNX's own schemas accept the model, and refuse what they would refuse in Python", () => {
  expect(schemaProblems(affine)).toEqual([])
  const node = (op: string, inputs: string[], attributes = {}) => ({ op, inputs, outputs: ["o"], attributes })
  const nodes = [
    node("Gelu", ["x"]),
    node("Add", ["x"]),
    node("Cast", ["x"]),
    node("Transpose", ["x"], { perm: 1, order: [0] }),
  ]
  expect(schemaProblems({ ...affine, nodes, opsets: { "": 17 } })).toEqual([
    "opset 17, the table has 18",
    "Gelu is no operator of opset 18",
    "Add has 1 inputs",
    "Cast lacks to",
    "Transpose.perm is INT, expected INTS",
    "Transpose.order is INTS, expected nothing",
  ])
})
