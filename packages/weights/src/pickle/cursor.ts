import { weightsError } from "../errors.js"

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
// Not TextDecoder("latin1"): the web's latin1 is windows-1252, which moves the bytes 128 to 159.
const LATIN1_CHUNK = 8192

/** Reads little-endian values one after the other and never beyond the end. */
export class Cursor {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  position: number

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.position = position
  }

  /** Where the next `count` bytes begin; moves behind them. @throws CheckpointError "weights-truncated" */
  skip(count: number): number {
    const from = this.position
    if (count > this.#bytes.length - from)
      throw weightsError(
        "weights-truncated",
        `The file ends at byte ${this.#bytes.length}; ${count} bytes are expected from byte ${from}.`,
      )
    this.position += count
    return from
  }

  uint8(): number {
    return this.#bytes[this.skip(1)]!
  }
  uint16(): number {
    return this.#view.getUint16(this.skip(2), true)
  }
  uint32(): number {
    return this.#view.getUint32(this.skip(4), true)
  }
  int32(): number {
    return this.#view.getInt32(this.skip(4), true)
  }
  uint64(): bigint {
    return this.#view.getBigUint64(this.skip(8), true)
  }
  /** Big-endian, as pickle's BINFLOAT. */
  float64(): number {
    return this.#view.getFloat64(this.skip(8), false)
  }

  /** A view, not a copy. */
  bytes(count: number): Uint8Array {
    const from = this.skip(count)
    return this.#bytes.subarray(from, from + count)
  }

  utf8(count: number): string {
    const from = this.position
    try {
      return utf8.decode(this.bytes(count))
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause
      throw weightsError("weights-format", `The text at byte ${from} is not UTF-8.`, cause)
    }
  }

  latin1(count: number): string {
    const bytes = this.bytes(count)
    let text = ""
    for (let from = 0; from < count; from += LATIN1_CHUNK)
      text += String.fromCharCode(...bytes.subarray(from, from + LATIN1_CHUNK))
    return text
  }

  /** A little-endian two's complement integer; a number where that is exact. */
  integer(count: number): number | bigint {
    let value = 0n
    const bytes = this.bytes(count)
    for (let index = count - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[index]!)
    const signed = BigInt.asIntN(count * 8, value)
    const near = Number(signed)
    return Number.isSafeInteger(near) ? near : signed
  }

  /** Up to the next line feed, which is taken too. */
  line(limit: number): string {
    const from = this.position
    const end = this.#bytes.subarray(from, from + limit + 1).indexOf(10)
    if (end >= 0) {
      const text = this.utf8(end)
      this.position++
      return text
    }
    this.skip(Math.min(limit, this.#bytes.length - from) + 1)
    throw weightsError("weights-format", `The name at byte ${from} has no end within ${limit} bytes.`)
  }
}
