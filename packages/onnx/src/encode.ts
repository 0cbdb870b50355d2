import { type Attribute, DataType, type Initializer, type Model, type ValueInfo } from "./model.js"
import { Writer } from "./wire.js"

const AttributeType = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
} as const

function writeAttribute(writer: Writer, name: string, value: Attribute): void {
  writer.string(1, name)
  if (typeof value === "string") {
    writer.string(4, value)
    writer.int(20, AttributeType.string)
  } else if (typeof value === "number") {
    writer.int(3, value)
    writer.int(20, AttributeType.int)
  } else if ("float" in value) {
    writer.float(2, value.float)
    writer.int(20, AttributeType.float)
  } else if ("floats" in value) {
    for (const item of value.floats) writer.float(7, item)
    writer.int(20, AttributeType.floats)
  } else if ("tensor" in value) {
    writer.message(5, (tensor) => writeTensor(tensor, value.tensor))
    writer.int(20, AttributeType.tensor)
  } else if ("graph" in value) {
    writer.bytes(6, value.graph)
    writer.int(20, AttributeType.graph)
  } else if ("kind" in value) {
    writer.int(20, value.kind)
  } else if (value.some((item) => typeof item === "string")) {
    for (const item of value) writer.string(9, String(item))
    writer.int(20, AttributeType.strings)
  } else {
    for (const item of value) writer.int(8, Number(item))
    writer.int(20, AttributeType.ints)
  }
}

function writeTensor(writer: Writer, { name, type, dims, raw }: Initializer): void {
  for (const dim of dims) writer.int(1, dim)
  writer.int(2, DataType[type])
  if (name) writer.string(8, name)
  writer.bytes(9, raw)
}

function writeValueInfo(writer: Writer, value: ValueInfo): void {
  writer.string(1, value.name)
  writer.message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.int(1, DataType[value.type])
      tensor.message(2, (shape) => {
        for (const dim of value.dims) {
          shape.message(1, (entry) => (typeof dim === "number" ? entry.int(1, dim) : entry.string(2, dim)))
        }
      })
    }),
  )
}

/** Bytes of a .onnx file. Node names are the names of their first outputs, so that error messages point at a value. */
export function encodeModel(model: Model): Uint8Array<ArrayBuffer> {
  const writer = new Writer(1 << 16)
  writer.int(1, model.irVersion ?? 9)
  writer.string(2, model.producer ?? "ifnormal")
  if (model.producerVersion) writer.string(3, model.producerVersion)
  writer.message(7, (graph) => {
    for (const node of model.nodes) {
      graph.message(1, (entry) => {
        for (const name of node.inputs) entry.string(1, name)
        for (const name of node.outputs) entry.string(2, name)
        entry.string(3, node.outputs[0] ?? node.op)
        entry.string(4, node.op)
        for (const [name, value] of Object.entries(node.attributes ?? {})) {
          entry.message(5, (attribute) => writeAttribute(attribute, name, value))
        }
        if (node.domain) entry.string(7, node.domain)
      })
    }
    graph.string(2, model.name ?? "graph")
    for (const initializer of model.initializers) {
      graph.message(5, (entry) => writeTensor(entry, initializer))
    }
    for (const value of model.inputs) graph.message(11, (entry) => writeValueInfo(entry, value))
    for (const value of model.outputs) graph.message(12, (entry) => writeValueInfo(entry, value))
  })
  for (const [domain, version] of Object.entries(model.opsets)) {
    writer.message(8, (entry) => {
      entry.string(1, domain)
      entry.int(2, version)
    })
  }
  for (const [key, value] of Object.entries(model.metadata ?? {})) {
    writer.message(14, (entry) => {
      entry.string(1, key)
      entry.string(2, value)
    })
  }
  return writer.finish()
}
