import {
  type Attribute,
  DataType,
  type DataTypeName,
  type Initializer,
  type Model,
  type OnnxNode,
  type ValueInfo,
} from "./model.js"
import { type Field, readFields, readIntegers, text } from "./wire.js"

const all = (fields: readonly Field[], field: number) => fields.filter((entry) => entry.field === field)
const last = (fields: readonly Field[], field: number) => fields.findLast((entry) => entry.field === field)
const string = (fields: readonly Field[], field: number) =>
  text(last(fields, field)?.bytes ?? new Uint8Array(0))

function dataType(number: number): DataTypeName {
  const found = Object.entries(DataType).find(([, code]) => code === number)
  if (!found) {
    throw new RangeError(
      `ONNX element type ${number} is not read. Known: ${Object.keys(DataType).join(", ")}.`,
    )
  }
  return found[0] as DataTypeName
}

function readFloats(fields: readonly Field[]): number[] {
  return fields.flatMap(({ wire, number, bytes }) => {
    if (wire !== 2) return [number]
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return Array.from({ length: bytes.byteLength / 4 }, (_, i) => view.getFloat32(i * 4, true))
  })
}

function readAttribute(message: Uint8Array): [string, Attribute] {
  const fields = readFields(message)
  const name = string(fields, 1)
  const type = last(fields, 20)?.number
  if (type === 1) return [name, { float: last(fields, 2)?.number ?? 0 }]
  if (type === 2) return [name, last(fields, 3)?.number ?? 0]
  if (type === 3) return [name, string(fields, 4)]
  if (type === 6) return [name, { floats: readFloats(all(fields, 7)) }]
  if (type === 7) return [name, all(fields, 8).flatMap(readIntegers)]
  throw new RangeError(`ONNX attribute "${name}" has type ${type}, which is not read.`)
}

function readNode(message: Uint8Array): OnnxNode {
  const fields = readFields(message)
  return {
    op: string(fields, 4),
    domain: string(fields, 7),
    inputs: all(fields, 1).map(({ bytes }) => text(bytes)),
    outputs: all(fields, 2).map(({ bytes }) => text(bytes)),
    attributes: Object.fromEntries(all(fields, 5).map(({ bytes }) => readAttribute(bytes))),
  }
}

/** Tensors of old exporters keep their numbers in typed fields instead of `raw_data`. */
function readInitializer(message: Uint8Array): Initializer {
  const fields = readFields(message)
  const type = dataType(last(fields, 2)?.number ?? 0)
  const raw = last(fields, 9)
  const view = (array: { buffer: ArrayBufferLike }) => new Uint8Array(array.buffer)
  const typed = () => {
    if (type === "float32") return view(Float32Array.from(readFloats(all(fields, 4))))
    const integers = all(fields, type === "int64" ? 7 : 5).flatMap(readIntegers)
    if (type === "int64") return view(BigInt64Array.from(integers.map(BigInt)))
    return type === "int32" ? view(Int32Array.from(integers)) : Uint8Array.from(integers)
  }
  return {
    name: string(fields, 8),
    type,
    dims: all(fields, 1).flatMap(readIntegers),
    raw: raw ? raw.bytes : typed(),
  }
}

function readValueInfo(message: Uint8Array): ValueInfo {
  const fields = readFields(message)
  const tensor = readFields(
    last(readFields(last(fields, 2)?.bytes ?? new Uint8Array(0)), 1)?.bytes ?? new Uint8Array(0),
  )
  const shape = readFields(last(tensor, 2)?.bytes ?? new Uint8Array(0))
  return {
    name: string(fields, 1),
    type: dataType(last(tensor, 1)?.number ?? 0),
    dims: all(shape, 1).map(({ bytes }) => {
      const dim = readFields(bytes)
      return last(dim, 1)?.number ?? string(dim, 2)
    }),
  }
}

/** Reads the bytes of a .onnx file. External data and subgraphs are not followed. */
export function decodeModel(bytes: Uint8Array): Model {
  const fields = readFields(bytes)
  const graph = readFields(last(fields, 7)?.bytes ?? new Uint8Array(0))
  const opsets = all(fields, 8).map(({ bytes: message }): [string, number] => {
    const opset = readFields(message)
    return [string(opset, 1), last(opset, 2)?.number ?? 1]
  })
  return {
    nodes: all(graph, 1).map((field) => readNode(field.bytes)),
    initializers: all(graph, 5).map((field) => readInitializer(field.bytes)),
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
