/** Protocol-buffer wire format: only what ONNX files need (varint, 32-bit, length-delimited). */

import { broken } from "./import-error.js"

const encoder = new TextEncoder()
const decoder = new TextDecoder()

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5

/** Appends fields to a growing buffer. A graph of 11 000 nodes encodes in about 0.1 s. */
export class Writer {
  private buffer: Uint8Array<ArrayBuffer>
  private length = 0

  constructor(capacity = 4096) {
    this.buffer = new Uint8Array(capacity)
  }

  private reserve(count: number): void {
    if (this.length + count <= this.buffer.length) return
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + count))
    grown.set(this.buffer.subarray(0, this.length))
    this.buffer = grown
  }

  private varint(value: number): void {
    this.reserve(10)
    if (value < 0) {
      // Negative integers are ten bytes of two's complement.
      let rest = BigInt.asUintN(64, BigInt(value))
      while (rest > 127n) {
        this.buffer[this.length++] = Number(rest & 127n) | 128
        rest >>= 7n
      }
      this.buffer[this.length++] = Number(rest)
      return
    }
    let rest = value
    while (rest > 127) {
      this.buffer[this.length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.buffer[this.length++] = rest
  }

  private tag(field: number, wire: number): void {
    this.varint(field * 8 + wire)
  }

  int(field: number, value: number): void {
    this.tag(field, VARINT)
    this.varint(value)
  }

  float(field: number, value: number): void {
    this.tag(field, FIXED32)
    this.reserve(4)
    new DataView(this.buffer.buffer).setFloat32(this.length, value, true)
    this.length += 4
  }

  bytes(field: number, value: Uint8Array): void {
    this.tag(field, BYTES)
    this.varint(value.length)
    this.reserve(value.length)
    this.buffer.set(value, this.length)
    this.length += value.length
  }

  string(field: number, value: string): void {
    this.bytes(field, encoder.encode(value))
  }

  message(field: number, write: (nested: Writer) => void): void {
    const nested = new Writer(256)
    write(nested)
    this.bytes(field, nested.finish())
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.buffer.subarray(0, this.length)
  }
}

/** One field as it stands in the file; `bytes` is empty for numbers, `number` is 0 for bytes. */
export interface Field {
  readonly field: number
  readonly wire: number
  readonly number: number
  readonly bytes: Uint8Array
}

/** A position in bytes, and the numbers read from there. */
class Reader {
  at = 0
  private readonly view: DataView

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** A signed 64-bit number; beyond 2^53 the nearest that JS has. */
  varint(): number {
    const start = this.at
    // 28 + 28 + 8 bits: each part is exact, and no bigint is made for the many small numbers of a file.
    let low = 0
    let middle = 0
    let high = 0
    for (let i = 0; i < 10; i++) {
      const byte = this.bytes[this.at++]
      if (byte === undefined)
        throw broken(`The ONNX file ends inside a number, at byte ${start} of its message.`)
      if (i < 4) low |= (byte & 127) << (7 * i)
      else if (i < 8) middle |= (byte & 127) << (7 * (i - 4))
      else high |= (byte & 127) << (7 * (i - 8))
      if (byte < 128) {
        high &= 255
        if (high < 128) return low + middle * 2 ** 28 + high * 2 ** 56
        const part = 2 ** 28 - 1
        return -((~low & part) + (~middle & part) * 2 ** 28 + (~high & 255) * 2 ** 56 + 1)
      }
    }
    throw broken(`The ONNX file has a number of more than 10 bytes, at byte ${start} of its message.`)
  }

  private fixed(size: number): number {
    const start = this.at
    this.at += size
    if (this.at > this.bytes.length) throw broken("The ONNX file ends inside a number.")
    return start
  }

  float32(): number {
    return this.view.getFloat32(this.fixed(4), true)
  }

  float64(): number {
    return this.view.getFloat64(this.fixed(8), true)
  }

  field(): Uint8Array {
    const length = this.varint()
    const left = this.bytes.length - this.at
    if (length < 0 || length > left)
      throw broken(`The ONNX file ends inside a field: ${length} bytes announced, ${left} left.`)
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }
}

const none = new Uint8Array(0)

/**
 * Splits one message into its fields.
 * @throws ImportError "onnx-model" for a message that ends too early or is none
 */
export function readFields(message: Uint8Array): Field[] {
  const fields: Field[] = []
  const reader = new Reader(message)
  while (reader.at < message.length) {
    const tag = reader.varint()
    const wire = tag & 7
    const field = Math.floor(tag / 8)
    if (field < 1 || field >= 2 ** 29) throw broken(`The ONNX file has a field numbered ${field}.`)
    if (wire === VARINT) fields.push({ field, wire, number: reader.varint(), bytes: none })
    else if (wire === FIXED32) fields.push({ field, wire, number: reader.float32(), bytes: none })
    else if (wire === FIXED64) fields.push({ field, wire, number: reader.float64(), bytes: none })
    else if (wire === BYTES) fields.push({ field, wire, number: 0, bytes: reader.field() })
    else throw broken(`The ONNX file has a field of unknown wire type ${wire}.`)
  }
  return fields
}

/** Integers of a repeated field, whether packed or not. */
export function readIntegers(field: Field): number[] {
  if (field.wire === VARINT) return [field.number]
  const values: number[] = []
  const reader = new Reader(field.bytes)
  while (reader.at < field.bytes.length) values.push(reader.varint())
  return values
}

/** Numbers of a repeated float (4 bytes) or double (8 bytes) field, whether packed or not. */
export function readReals(field: Field, size: 4 | 8): number[] {
  if (field.wire !== BYTES) return [field.number]
  if (field.bytes.length % size !== 0)
    throw broken(`The ONNX file has a list of ${size}-byte numbers that is ${field.bytes.length} bytes long.`)
  const values: number[] = []
  const reader = new Reader(field.bytes)
  while (reader.at < field.bytes.length) values.push(size === 4 ? reader.float32() : reader.float64())
  return values
}

export const text = (bytes: Uint8Array): string => decoder.decode(bytes)
