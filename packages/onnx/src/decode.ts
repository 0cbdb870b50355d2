import { dataType, readTensor } from "./decode-tensor.js"
import { broken, unsupported } from "./import-error.js"
import type { Attribute, Initializer, Model, OnnxNode, ValueInfo } from "./model.js"
import { type Field, readFields, readIntegers, readReals, text } from "./wire.js"

const none = new Uint8Array(0)
const all = (fields: readonly Field[], field: number) => fields.filter((entry) => entry.field === field)
const last = (fields: readonly Field[], field: number) => fields.findLast((entry) => entry.field === field)
const string = (fields: readonly Field[], field: number) => text(last(fields, field)?.bytes ?? none)

/** AttributeProto. Subgraphs stay bytes, so that nothing here recurses. */
function readAttribute(message: Uint8Array, op: string): [string, Attribute] {
  const fields = readFields(message)
  const name = string(fields, 1)
  const type = last(fields, 20)?.number
  switch (type) {
    case 1:
      return [name, { float: last(fields, 2)?.number ?? 0 }]
    case 2:
      return [name, last(fields, 3)?.number ?? 0]
    case 3:
      return [name, string(fields, 4)]
    case 4:
      return [name, { tensor: readTensor(last(fields, 5)?.bytes ?? none) }]
    case 5:
      return [name, { graph: last(fields, 6)?.bytes ?? none }]
    case 6:
      return [name, { floats: all(fields, 7).flatMap((field) => readReals(field, 4)) }]
    case 7:
      return [name, all(fields, 8).flatMap(readIntegers)]
    case 8: {
      const strings = all(fields, 9).map(({ bytes }) => text(bytes))
      // An empty list of strings and one of integers are the same value here.
      return [name, strings]
    }
    default:
      if (type !== undefined && type > 8 && type <= 14) return [name, { kind: type }]
      throw broken(`Attribute "${name}" of ${op} has type ${type}, expected 1 to 14.`)
  }
}

function readNode(message: Uint8Array): OnnxNode {
  const fields = readFields(message)
  const op = string(fields, 4)
  const domain = string(fields, 7)
  return {
    op,
    // The standard domain has two spellings.
    domain: domain === "ai.onnx" ? "" : domain,
    inputs: all(fields, 1).map(({ bytes }) => text(bytes)),
    outputs: all(fields, 2).map(({ bytes }) => text(bytes)),
    attributes: Object.fromEntries(all(fields, 5).map(({ bytes }) => readAttribute(bytes, op))),
  }
}

/** TypeProto by field: what a value may be beside a tensor. */
const otherTypes: Readonly<Record<number, string>> = {
  4: "sequence",
  5: "map",
  8: "sparse tensor",
  9: "optional",
}

function readValueInfo(message: Uint8Array): ValueInfo {
  const fields = readFields(message)
  const name = string(fields, 1)
  const type = readFields(last(fields, 2)?.bytes ?? none)
  const other = type.find(({ field }) => field in otherTypes)
  if (other)
    throw unsupported(
      [`${otherTypes[other.field]} values`],
      `"${name}" is of type ${otherTypes[other.field]}, expected a tensor.`,
      "Export the part of the model that takes and gives tensors.",
    )
  const tensor = readFields(last(type, 1)?.bytes ?? none)
  const shape = readFields(last(tensor, 2)?.bytes ?? none)
  return {
    name,
    type: dataType(last(tensor, 1)?.number ?? 0, `"${name}"`),
    dims: all(shape, 1).map(({ bytes }) => {
      const dim = readFields(bytes)
      return last(dim, 1)?.number ?? string(dim, 2)
    }),
  }
}

/** Whatever a file may hold beside its graph and that changes what it computes. */
function refuseExtensions(fields: readonly Field[], graph: readonly Field[]): void {
  if (last(graph, 15))
    throw unsupported(
      ["sparse initializers"],
      "The model has sparse initializers, expected dense ones.",
      "Convert the weights to dense tensors before the export.",
    )
  const functions = all(fields, 25)
  if (functions.length > 0) {
    const names = functions.map(({ bytes }) => {
      const entry = readFields(bytes)
      return `function ${string(entry, 1)} (${string(entry, 10) || "no domain"})`
    })
    throw unsupported(
      names,
      `The model defines ${functions.length} functions of its own, expected operators only: ${names.slice(0, 5).join(", ")}.`,
      "Inline them: onnx.inliner.inline_local_functions(model), or torch.onnx.export(..., optimize=True).",
    )
  }
}

/**
 * Reads the bytes of a .onnx file, in time linear in their number. Weights in other files are refused and never looked
 * for; subgraphs are carried and not read; training information is ignored.
 * @throws ImportError "onnx-model" for bytes that are no model, "onnx-unsupported" for what is not read
 */
export function decodeModel(bytes: Uint8Array): Model {
  const fields = readFields(bytes)
  const found = last(fields, 7)
  if (!found) throw broken(`The file of ${bytes.length} bytes has no graph, expected an ONNX model.`)
  const graph = readFields(found.bytes)
  refuseExtensions(fields, graph)
  const opsets = all(fields, 8).map(({ bytes: message }): [string, number] => {
    const opset = readFields(message)
    const domain = string(opset, 1)
    return [domain === "ai.onnx" ? "" : domain, last(opset, 2)?.number ?? 1]
  })
  return {
    nodes: all(graph, 1).map((field) => readNode(field.bytes)),
    initializers: all(graph, 5).map((field): Initializer => readTensor(field.bytes)),
    inputs: all(graph, 11).map((field) => readValueInfo(field.bytes)),
    outputs: all(graph, 12).map((field) => readValueInfo(field.bytes)),
    opsets: Object.fromEntries(opsets),
    irVersion: last(fields, 1)?.number,
    producer: string(fields, 2),
    producerVersion: string(fields, 3),
    name: string(graph, 2),
    metadata: Object.fromEntries(
      all(fields, 14).map(({ bytes: message }) => {
        const entry = readFields(message)
        return [string(entry, 1), string(entry, 2)]
      }),
    ),
  }
}
