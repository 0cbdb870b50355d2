import { shown, weightsError } from "../errors.js"
import type { StoredArrays, StoredDtype, StoredTensor } from "../tensors.js"
import type { Budget } from "./budget.js"
import { ELEMENT_BYTES, type StorageBytes, type TensorRecord } from "./storage.js"

/** Elements as they lie in the file; 16-bit floats as their bits. */
type Raw = StoredArrays["float64" | "float32" | "int64" | "int32" | "int16" | "int8" | "uint8"] | Uint16Array
type RawArray = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => Raw

const RAW: Readonly<Record<StoredDtype, RawArray>> = {
  float64: Float64Array,
  float32: Float32Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
}

/**
 * The values of a tensor, contiguous and row-major. A contiguous tensor whose bytes are aligned is a view of the file:
 * nothing is copied. Strided, transposed and expanded tensors are copied, 16-bit floats widened.
 * @throws CheckpointError "weights-format" when it reaches outside its storage, "weights-truncated" when the storage is
 * shorter than declared, "weights-size" beyond the budget
 */
export function materialize(
  name: string,
  { storage, offset, shape, stride }: TensorRecord,
  storageBytes: StorageBytes,
  budget: Budget,
): StoredTensor {
  const { dtype } = storage
  const width = ELEMENT_BYTES[dtype]
  const size = shape.includes(0) ? 0 : shape.reduce((product, axis) => product * axis, 1)
  const reach = size === 0 ? 0 : shape.reduce((sum, axis, i) => sum + (axis - 1) * stride[i]!, 1)
  if (offset + reach > storage.length)
    throw weightsError(
      "weights-format",
      `Tensor ${shown(name)} reaches to element ${offset + reach} of a storage of ${storage.length}.`,
    )
  const bytes = storageBytes(storage.key)
  const needed = (storage.begin + storage.length) * width
  if (bytes.length < needed)
    throw weightsError(
      "weights-truncated",
      `The storage of tensor ${shown(name)} has ${bytes.length} bytes, ${needed} are declared.`,
    )
  const from = (storage.begin + offset) * width
  const contiguous = isContiguous(shape, stride)
  const source = elements(bytes.subarray(from, from + reach * width), dtype, budget, name)
  if (!contiguous) budget.take(size * width, `Tensor ${shown(name)}`)
  const raw = contiguous ? source : gather(source, shape, stride, size)
  if (dtype === "float16" || dtype === "bfloat16") {
    budget.take(size * 4, `Tensor ${shown(name)}`)
    const widen = dtype === "float16" ? fromFloat16 : fromBfloat16
    return { dtype, shape, data: widen(raw as Uint16Array) }
  }
  if (dtype === "bool") {
    // Looking through counts as memory does: thousands of tensors may share one storage.
    budget.take(size, `Tensor ${shown(name)}`)
    if ((raw as Uint8Array).some((value) => value > 1))
      throw weightsError(
        "weights-format",
        `Tensor ${shown(name)} is of bool and has values other than 0 and 1.`,
      )
  }
  return { dtype, shape, data: raw } as StoredTensor
}

/** Axes of length 1 may have any stride; a tensor without elements is contiguous. */
function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  if (shape.includes(0)) return true
  let expected = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== expected) return false
    expected *= shape[axis]!
  }
  return true
}

function elements(bytes: Uint8Array, dtype: StoredDtype, budget: Budget, name: string): Raw {
  const width = ELEMENT_BYTES[dtype]
  const aligned = bytes.byteOffset % width === 0
  if (!aligned) budget.take(bytes.length, `Tensor ${shown(name)}`)
  const { buffer, byteOffset, length } = aligned ? bytes : new Uint8Array(bytes)
  return new RAW[dtype](buffer, byteOffset, length / width)
}

function gather(source: Raw, shape: readonly number[], stride: readonly number[], size: number): Raw {
  const target = new (source.constructor as new (length: number) => Raw)(size)
  const last = shape.length - 1
  const [columns, step] = [shape[last]!, stride[last]!]
  const index = shape.map(() => 0)
  let row = 0
  for (let at = 0; at < size; at += columns) {
    for (let column = 0, from = row; column < columns; column++, from += step)
      target[at + column] = source[from]!
    // The next row, like an odometer.
    for (let axis = last - 1; axis >= 0; axis--) {
      row += stride[axis]!
      if (++index[axis]! < shape[axis]!) break
      row -= stride[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
  return target
}

function fromBfloat16(bits: Uint16Array): Float32Array {
  const wide = new Uint32Array(bits.length)
  for (let i = 0; i < bits.length; i++) wide[i] = bits[i]! << 16
  return new Float32Array(wide.buffer)
}

function fromFloat16(bits: Uint16Array): Float32Array {
  const table = float16Table()
  const wide = new Uint32Array(bits.length)
  for (let i = 0; i < bits.length; i++) wide[i] = table[bits[i]!]!
  return new Float32Array(wide.buffer)
}

let float16: Uint32Array | undefined

/** The float32 bits of each of the 65536 float16 values (IEEE 754 binary16); NaNs keep their payload. */
function float16Table(): Uint32Array {
  if (float16) return float16
  float16 = new Uint32Array(65536)
  const subnormal = new Float32Array(1)
  const subnormalBits = new Uint32Array(subnormal.buffer)
  for (let half = 0; half < 65536; half++) {
    const sign = (half >>> 15) << 31
    const exponent = (half >>> 10) & 31
    const fraction = half & 1023
    subnormal[0] = fraction * 2 ** -24
    if (exponent === 0) float16[half] = sign | subnormalBits[0]!
    else float16[half] = sign | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13)
  }
  return float16
}
