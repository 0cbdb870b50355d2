import { inflateSync } from "fflate"
import { shown, weightsError } from "../errors.js"
import type { Budget } from "./budget.js"
import { crc32 } from "./crc32.js"

// PKWARE's APPNOTE 6.3.10, the part that torch.save uses (stored, ZIP64 beyond 4 GiB), and deflate. Zip libraries copy
// stored entries; here they are views, so a file of 500 MB stays in memory once.

const END = 0x06054b50
const END_64 = 0x06064b50
const LOCATOR_64 = 0x07064b50
const ENTRY = 0x02014b50
const LOCAL = 0x04034b50
/** Longest trailing comment, and the end record before it. */
const END_REACH = 65_535 + 22
/** Our choice: more than any network has tensors. */
const MOST_ENTRIES = 200_000
/** Deflate cannot shrink data further than this (zlib's documentation, "Maximum Compression Factor"). */
const MOST_INFLATION = 1032

const utf8 = new TextDecoder()

interface Entry {
  readonly name: string
  readonly method: number
  readonly crc: number
  readonly packed: number
  readonly size: number
  /** Of the local header. */
  readonly offset: number
}

/** The entries of a zip file, each read when it is asked for. */
export class Zip {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #budget: Budget
  readonly #entries = new Map<string, Entry>()
  /** Bytes of all entries that were read. */
  #read = 0

  /** @throws CheckpointError "weights-format", "weights-truncated", "weights-size" */
  constructor(bytes: Uint8Array, budget: Budget) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#budget = budget
    this.#readDirectory()
  }

  get names(): Iterable<string> {
    return this.#entries.keys()
  }

  has(name: string): boolean {
    return this.#entries.has(name)
  }

  /** The content of an entry, read once: a view where it is stored, checked by its CRC. undefined when there is none. */
  read(name: string): Uint8Array | undefined {
    const entry = this.#entries.get(name)
    if (!entry) return undefined
    this.#need(entry.offset, 30, LOCAL)
    const begin =
      entry.offset +
      30 +
      this.#view.getUint16(entry.offset + 26, true) +
      this.#view.getUint16(entry.offset + 28, true)
    if (begin + entry.packed > this.#bytes.length)
      throw weightsError(
        "weights-truncated",
        `Entry ${shown(name)} lies at bytes ${begin} to ${begin + entry.packed} of a zip file of ${this.#bytes.length}.`,
      )
    // Entries may name the same bytes: a small file could then hold any amount of them.
    this.#read += entry.packed
    if (this.#read > this.#bytes.length)
      throw weightsError("weights-format", `Entry ${shown(name)} overlaps others.`)
    const packed = this.#bytes.subarray(begin, begin + entry.packed)
    const content = entry.method === 0 ? packed : this.#inflate(entry, packed)
    // 0 where torch.serialization.set_crc32_options(False) left it out.
    if (content.length !== entry.size || (entry.crc !== 0 && crc32(content) !== entry.crc))
      throw weightsError(
        "weights-format",
        `Entry ${shown(name)} is damaged: its length or checksum is not the declared one.`,
      )
    return content
  }

  #inflate(entry: Entry, packed: Uint8Array): Uint8Array {
    if (entry.size > packed.length * MOST_INFLATION)
      throw weightsError(
        "weights-size",
        `Entry ${shown(entry.name)} declares ${entry.size} bytes, which ${packed.length} deflated ones cannot hold.`,
      )
    this.#budget.take(entry.size, `Entry ${shown(entry.name)}`)
    try {
      return inflateSync(packed, { out: new Uint8Array(entry.size) })
    } catch (cause) {
      throw weightsError("weights-format", `Entry ${shown(entry.name)} cannot be inflated.`, cause)
    }
  }

  #readDirectory(): void {
    const end = this.#findEnd()
    const { count, size, offset } = this.#directory(end)
    if (count > MOST_ENTRIES)
      throw weightsError(
        "weights-size",
        `The zip file has ${count} entries; at most ${MOST_ENTRIES} are read.`,
      )
    if (offset + size > end)
      throw weightsError(
        "weights-truncated",
        `The zip file's directory lies at bytes ${offset} to ${offset + size}, its end at ${end}.`,
      )
    let at = offset
    for (let index = 0; index < count; index++) at = this.#readEntry(at)
  }

  #findEnd(): number {
    const last = this.#bytes.length - 22
    for (let at = last; at >= Math.max(0, last - END_REACH + 22); at--)
      if (
        this.#view.getUint32(at, true) === END &&
        at + 22 + this.#view.getUint16(at + 20, true) === this.#bytes.length
      )
        return at
    throw weightsError(
      "weights-truncated",
      "The zip file has no end record: it was not written or copied completely.",
    )
  }

  #directory(end: number): { count: number; size: number; offset: number } {
    const view = this.#view
    const found = {
      count: view.getUint16(end + 10, true),
      size: view.getUint32(end + 12, true),
      offset: view.getUint32(end + 16, true),
    }
    if (end < 20 || view.getUint32(end - 20, true) !== LOCATOR_64) return found
    const at = this.#uint64(end - 12)
    this.#need(at, 56, END_64)
    return { count: this.#uint64(at + 32), size: this.#uint64(at + 40), offset: this.#uint64(at + 48) }
  }

  /** Reads the directory's entry at `at`; returns where the next one begins. */
  #readEntry(at: number): number {
    const view = this.#view
    this.#need(at, 46, ENTRY)
    const nameLength = view.getUint16(at + 28, true)
    const extraLength = view.getUint16(at + 30, true)
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true)
    if (next > this.#bytes.length)
      throw weightsError("weights-truncated", "The zip file ends within its directory.")
    const name = utf8.decode(this.#bytes.subarray(at + 46, at + 46 + nameLength))
    const method = view.getUint16(at + 10, true)
    if (this.#entries.has(name))
      throw weightsError("weights-format", `The zip file has two entries ${shown(name)}.`)
    if ((method !== 0 && method !== 8) || view.getUint16(at + 8, true) & 1)
      throw weightsError(
        "weights-format",
        `Entry ${shown(name)} is encrypted or packed by method ${method}; stored (0) and deflated (8) ones are read.`,
      )
    const sizes = {
      size: view.getUint32(at + 24, true),
      packed: view.getUint32(at + 20, true),
      offset: view.getUint32(at + 42, true),
    }
    this.#extend(sizes, at + 46 + nameLength, extraLength)
    if (method === 0 && sizes.size !== sizes.packed)
      throw weightsError("weights-format", `The stored entry ${shown(name)} declares two lengths.`)
    this.#entries.set(name, { name, method, crc: view.getUint32(at + 16, true), ...sizes })
    return next
  }

  /** ZIP64: fields that are all ones stand in the extra field 1, in this order. */
  #extend(sizes: { size: number; packed: number; offset: number }, from: number, length: number): void {
    for (let at = from; at + 4 <= from + length; at += 4 + this.#view.getUint16(at + 2, true)) {
      if (this.#view.getUint16(at, true) !== 1) continue
      let value = at + 4
      for (const field of ["size", "packed", "offset"] as const)
        if (sizes[field] === 0xffffffff) {
          sizes[field] = this.#uint64(value)
          value += 8
        }
    }
  }

  #uint64(at: number): number {
    if (at + 8 > this.#bytes.length)
      throw weightsError("weights-truncated", "The zip file ends within its directory.")
    const value = Number(this.#view.getBigUint64(at, true))
    if (Number.isSafeInteger(value)) return value
    throw weightsError("weights-size", `The zip file declares ${value} bytes.`)
  }

  #need(at: number, count: number, signature: number): void {
    if (at + count > this.#bytes.length)
      throw weightsError(
        "weights-truncated",
        `The zip file ends at byte ${this.#bytes.length}; a record is expected at ${at}.`,
      )
    if (this.#view.getUint32(at, true) !== signature)
      throw weightsError("weights-format", `The zip file has no record where one is expected, at byte ${at}.`)
  }
}
