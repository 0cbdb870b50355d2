import { CheckpointError } from "../contract/errors.js"
import type { StoredTensor } from "../contract/training.js"

// The safetensors format: 8 bytes little-endian header length, a JSON header, then the raw values, little-endian,
// without gaps (https://github.com/huggingface/safetensors). Nothing in such a file can run.

type Dtype = StoredTensor["dtype"]

const codes: Record<Dtype, string> = { float32: "F32", int32: "I32", uint8: "U8" }
const dtypes = new Map<string, Dtype>([
  ["F32", "float32"],
  ["I32", "int32"],
  ["U8", "uint8"],
])
const width: Record<Dtype, number> = { float32: 4, int32: 4, uint8: 1 }

/** Longest header that is read, in bytes. Our choice: about a hundred thousand tensors. */
const maxHeader = 16 * 1024 * 1024
const metadataKey = "__metadata__"

/**
 * One file's bytes. Tensors are ordered by width, then name, so equal tensors give equal bytes.
 * @throws CheckpointError "checkpoint-tensor" when a shape does not fit its data or a name is reserved.
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, StoredTensor>>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  const entries = Object.entries(tensors).sort(
    ([a, x], [b, y]) => width[y.dtype] - width[x.dtype] || (a < b ? -1 : 1),
  )
  const header: [string, unknown][] = metadata ? [[metadataKey, metadata]] : []
  let offset = 0
  for (const [name, { shape, dtype, data }] of entries) {
    const count = shape.reduce((product, size) => product * size, 1)
    if (name === metadataKey || count !== data.length || data.BYTES_PER_ELEMENT !== width[dtype])
      throw new CheckpointError({
        code: "checkpoint-tensor",
        message: `Tensor "${name}" has ${data.length} values of ${data.BYTES_PER_ELEMENT} bytes, expected ${count} of ${width[dtype]} for shape [${shape.join(", ")}] and ${dtype}.`,
        next: "Pass data of the length and type that shape and dtype say, under a name of your own.",
      })
    header.push([name, { dtype: codes[dtype], shape, data_offsets: [offset, offset + data.byteLength] }])
    offset += data.byteLength
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)))
  // Padded with spaces so that the values begin at a multiple of eight.
  const headerLength = Math.ceil(json.length / 8) * 8
  const bytes = new Uint8Array(8 + headerLength + offset)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true)
  bytes.fill(0x20, 8, 8 + headerLength)
  bytes.set(json, 8)
  let position = 8 + headerLength
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position)
    position += data.byteLength
  }
  return bytes
}

/**
 * The tensors of a file, as copies. Every offset is checked before it is used.
 * @param where how errors call the file
 * @throws CheckpointError "checkpoint-safetensors" when the bytes are not a complete file of F32, I32 and U8 tensors.
 */
export function decodeSafetensors(bytes: Uint8Array, where = "The file"): Record<string, StoredTensor> {
  const { header, start } = readHeader(bytes, where)
  const size = bytes.length - start
  const spans: { name: string; begin: number; end: number }[] = []
  const tensors: [string, StoredTensor][] = []
  for (const [name, value] of Object.entries(header)) {
    if (name === metadataKey) continue
    const { dtype, shape, begin, end } = readEntry(name, value, size, where)
    spans.push({ name, begin, end })
    // A copy of its own: Buffer's slice would be a view into a larger buffer.
    const buffer = new Uint8Array(bytes.subarray(start + begin, start + end)).buffer
    const data =
      dtype === "float32"
        ? new Float32Array(buffer)
        : dtype === "int32"
          ? new Int32Array(buffer)
          : new Uint8Array(buffer)
    tensors.push([name, { shape, dtype, data }])
  }
  let expected = 0
  for (const { name, begin, end } of spans.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== expected)
      throw malformed(
        where,
        `tensor "${name}" begins at byte ${begin} where ${expected} is expected (overlap, gap or duplicate)`,
      )
    expected = end
  }
  if (expected !== size) throw malformed(where, `its tensors end at byte ${expected} of ${size}`)
  return Object.fromEntries(tensors)
}

/**
 * The text values stored beside the tensors.
 * @throws CheckpointError "checkpoint-safetensors" as `decodeSafetensors`.
 */
export function safetensorsMetadata(bytes: Uint8Array, where = "The file"): Record<string, string> {
  const found = readHeader(bytes, where).header[metadataKey]
  if (found === undefined) return {}
  if (!isRecord(found) || !Object.values(found).every((value) => typeof value === "string"))
    throw malformed(where, "its metadata is not a map of texts")
  return found as Record<string, string>
}

function readHeader(bytes: Uint8Array, where: string): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8) throw malformed(where, `it has ${bytes.length} bytes, at least 8 are expected`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = view.getBigUint64(0, true)
  const limit = Math.min(maxHeader, bytes.length - 8)
  if (length > BigInt(limit))
    throw malformed(where, `its header says ${length} bytes, at most ${limit} are possible`)
  const start = 8 + Number(length)
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, start)))
  } catch (cause) {
    throw malformed(where, "its header is not JSON", cause)
  }
  if (!isRecord(header)) throw malformed(where, "its header is not an object")
  return { header, start }
}

function readEntry(
  name: string,
  value: unknown,
  size: number,
  where: string,
): { dtype: Dtype; shape: number[]; begin: number; end: number } {
  if (!isRecord(value)) throw malformed(where, `the entry of "${name}" is not an object`)
  const dtype = typeof value.dtype === "string" ? dtypes.get(value.dtype) : undefined
  if (!dtype)
    throw malformed(where, `"${name}" has dtype ${JSON.stringify(value.dtype)}, expected F32, I32 or U8`)
  const { shape, data_offsets: offsets } = value
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
    throw malformed(where, `shape or offsets of "${name}" are not lists of whole numbers`)
  const [begin, end] = offsets as [number, number]
  const count = shape.reduce((product, n) => product * n, 1)
  if (begin > end || end > size)
    throw malformed(where, `"${name}" lies at bytes ${begin} to ${end}, but there are ${size}`)
  if (end - begin !== count * width[dtype])
    throw malformed(
      where,
      `"${name}" has ${end - begin} bytes, expected ${count * width[dtype]} for shape [${shape.join(", ")}]`,
    )
  return { dtype, shape, begin, end }
}

function malformed(where: string, found: string, cause?: unknown): CheckpointError {
  return new CheckpointError({
    code: "checkpoint-safetensors",
    message: `${where} is not a whole safetensors file: ${found}.`,
    next: "Copy the file again from where it came from, or train again.",
    cause,
  })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= 64 && value.every((n) => Number.isSafeInteger(n) && n >= 0)
}
