import { broken, unsupported } from "./import-error.js"
import { bytesOf, DataType, type DataTypeName, type Initializer } from "./model.js"
import { type Field, readFields, readIntegers, readReals, text } from "./wire.js"

/** Types that are known and not read, for messages. */
const refused: Readonly<Record<number, string>> = {
  14: "complex64",
  15: "complex128",
  21: "uint4",
  22: "int4",
}
const names = new Map(
  Object.entries(DataType).map(([name, number]) => [number as number, name as DataTypeName]),
)

/** @throws ImportError "onnx-unsupported" for types that are not read, "onnx-model" for none */
export function dataType(number: number, where: string): DataTypeName {
  const found = names.get(number)
  if (found) return found
  if (number < 1 || number > 30) throw broken(`${where} has element type ${number}, expected 1 to 30.`)
  const type = refused[number] ?? `type ${number}`
  throw unsupported(
    [`element type ${type}`],
    `${where} has elements of ${type}, expected one of ${Object.keys(DataType).join(", ")}.`,
    "Export the model with float32 weights.",
  )
}

/** Number of elements. @throws ImportError "onnx-model" for a size that is negative or beyond 2^53 */
export function elements(dims: readonly number[], where: string): number {
  const count = dims.reduce((product, dim) => product * dim, 1)
  if (dims.some((dim) => dim < 0) || !Number.isSafeInteger(count))
    throw broken(`${where} has the shape [${dims.slice(0, 16).join(", ")}], expected sizes of 0 or more.`)
  return count
}

const view = (array: { buffer: ArrayBufferLike }) => new Uint8Array(array.buffer)
const wide = (integers: readonly number[]) =>
  BigInt64Array.from(integers, (integer) => BigInt.asIntN(64, BigInt(integer)))

/** Elements of tensors whose exporter kept them in typed fields instead of `raw_data` (TensorProto). */
function typedFields(fields: readonly Field[], type: DataTypeName): Uint8Array {
  const integers = (field: number) => fields.filter((entry) => entry.field === field).flatMap(readIntegers)
  const reals = (field: number, size: 4 | 8) =>
    fields.filter((entry) => entry.field === field).flatMap((entry) => readReals(entry, size))
  switch (type) {
    case "float32":
      return view(Float32Array.from(reals(4, 4)))
    case "float64":
      return view(Float64Array.from(reals(10, 8)))
    case "int64":
      return view(wide(integers(7)))
    case "uint64":
      return view(wide(integers(11)))
    case "uint32":
      return view(Uint32Array.from(integers(11)))
    case "int32":
      return view(Int32Array.from(integers(5)))
    case "int16":
    case "uint16":
    case "float16":
    case "bfloat16":
      return view(Uint16Array.from(integers(5)))
    default:
      return Uint8Array.from(integers(5))
  }
}

/**
 * A TensorProto. Its bytes are as many as its shape says.
 * @throws ImportError "onnx-model", "onnx-unsupported" for strings and for weights in other files
 */
export function readTensor(message: Uint8Array): Initializer {
  const fields = readFields(message)
  const last = (field: number) => fields.findLast((entry) => entry.field === field)
  const name = text(last(8)?.bytes ?? new Uint8Array(0))
  const where = `Tensor "${name}"`
  const type = dataType(last(2)?.number ?? 0, where)
  const dims = fields.filter(({ field }) => field === 1).flatMap(readIntegers)
  const count = elements(dims, where)
  if (last(14)?.number === 1) throw external(where, fields)
  if (last(3)) throw broken(`${where} is one segment of a tensor, expected a whole one.`)
  if (type === "string")
    throw unsupported(
      ["element type string"],
      `${where} holds strings, expected numbers.`,
      "Take text handling out of the model.",
    )
  const raw = last(9)?.bytes ?? typedFields(fields, type)
  if (raw.byteLength !== count * bytesOf[type])
    throw broken(
      `${where} has ${raw.byteLength} bytes, expected ${count * bytesOf[type]} for ${type} [${dims.slice(0, 16).join(", ")}].`,
    )
  return { name, type, dims, raw }
}

/** Weights in another file: only bytes were given, so no file is opened, wherever it lies. */
function external(where: string, fields: readonly Field[]) {
  const entries = fields
    .filter(({ field }) => field === 13)
    .map(({ bytes }) => readFields(bytes).map((entry) => text(entry.bytes)))
  const location = entries.find(([key]) => key === "location")?.[1] ?? ""
  const outside = /^([/\\]|[a-z]:)|(^|[/\\])\.\.([/\\]|$)/i.test(location)
  return unsupported(
    ["external data"],
    `${where} keeps its numbers in another file, ${JSON.stringify(location)}${outside ? ", which lies outside the model's folder" : ""}; expected them inside the .onnx file.`,
    "Save the model in one file: onnx.save(onnx.load(path), path), or external_data=False in torch.onnx.export.",
  )
}
