import { bytesOf, type Initializer, type Model, type ValueInfo } from "./model.js"

/** Opset range that a file of ifnormal may ask for: onnxruntime 1.14 of 2023 and newer run it. */
export const PORTABLE_OPSETS = [17, 20] as const

/**
 * What keeps a model from being portable; [] for a good one. The structural rules of onnx.checker (names given once,
 * nodes in an order in which every input exists, initializers as long as their shape says, typed and shaped inputs and
 * outputs) and one more: nothing but the standard operator set, at an opset in `PORTABLE_OPSETS`. Whether each operator
 * takes its attributes is checked by whoever loads the file.
 */
export function modelProblems(model: Model): string[] {
  return [...opsetProblems(model), ...shapeProblems(model), ...valueProblems(model), ...nodeProblems(model)]
}

/** The structural part of `modelProblems`, which any file must keep, whoever wrote it; [] for a sound graph. */
export function graphProblems(model: Model): string[] {
  return [...valueProblems(model), ...nodeProblems(model)]
}

function opsetProblems({ opsets, nodes, irVersion }: Model): string[] {
  const problems: string[] = []
  const [low, high] = PORTABLE_OPSETS
  for (const [domain, version] of Object.entries(opsets)) {
    if (domain !== "") problems.push(`imports the operator set ${domain}`)
    else if (version < low || version > high)
      problems.push(`asks for opset ${version}, expected ${low} to ${high}`)
  }
  if (!("" in opsets)) problems.push("imports no standard operator set")
  // IR version 8 came with opset 15, and 10 with opset 21.
  if (irVersion !== undefined && (irVersion < 8 || irVersion > 10))
    problems.push(`has IR version ${irVersion}, expected 8 to 10`)
  const foreign = new Set(nodes.filter(({ domain }) => domain).map(({ domain, op }) => `${domain}.${op}`))
  for (const op of foreign) problems.push(`uses ${op}, which is no standard operator`)
  return problems
}

function shapeProblems({ inputs, outputs }: Model): string[] {
  const problems: string[] = []
  for (const value of [...inputs, ...outputs] as ValueInfo[])
    if (value.dims.some((dim) => dim === "" || (typeof dim === "number" && dim < 0)))
      problems.push(`"${value.name}" has the shape [${value.dims}], expected sizes and names`)
  return problems
}

function valueProblems({ outputs, initializers }: Model): string[] {
  const problems: string[] = []
  for (const { name, type, dims, raw } of initializers as Initializer[]) {
    const expected = bytesOf[type] * dims.reduce((product, dim) => product * dim, 1)
    if (raw.byteLength !== expected)
      problems.push(`initializer "${name}" has ${raw.byteLength} bytes, expected ${expected}`)
  }
  if (outputs.length === 0) problems.push("has no outputs")
  return problems
}

function nodeProblems({ nodes, inputs, outputs, initializers }: Model): string[] {
  const problems: string[] = []
  const known = new Set<string>()
  const define = (name: string, what: string) => {
    if (name === "") problems.push(`${what} has no name`)
    else if (known.has(name)) problems.push(`"${name}" is defined twice`)
    known.add(name)
  }
  for (const { name } of inputs) define(name, "an input")
  for (const { name } of initializers) define(name, "an initializer")
  for (const node of nodes) {
    for (const name of node.inputs)
      if (name !== "" && !known.has(name)) problems.push(`${node.op} uses "${name}" before it is computed`)
    // An empty name leaves out an optional output.
    for (const name of node.outputs) if (name !== "") define(name, `an output of ${node.op}`)
  }
  for (const { name } of outputs) if (!known.has(name)) problems.push(`output "${name}" is not computed`)
  return problems
}
