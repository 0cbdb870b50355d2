import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { CheckpointError } from "@ifnormal/core"
import { unzipSync, zipSync } from "fflate"
import { expect, test } from "vitest"
import type { StoredDtype, StoredTensor } from "../tensors.js"
import { Budget } from "./budget.js"
import { crc32 } from "./crc32.js"
import { materialize } from "./materialize.js"
import { readPyTorch, readPyTorchShapes } from "./read.js"
import { Storage, TensorRecord } from "./storage.js"

interface Golden {
  readonly float16Sha256: string
  readonly files: Record<
    string,
    {
      readonly error?: string
      readonly tensors?: Record<string, { dtype: StoredDtype; shape: number[]; values: (number | string)[] }>
    }
  >
}

const folder = join(import.meta.dirname, "__golden__")
const golden: Golden = JSON.parse(readFileSync(join(folder, "golden.json"), "utf8"))
const file = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)))

/** As the golden file writes values: 64 bits and what is not finite as text. */
function listed({ data }: StoredTensor): (number | string)[] {
  return Array.from(data as ArrayLike<number | bigint>, (value) =>
    typeof value === "bigint" || !Number.isFinite(value) ? String(value) : value,
  )
}

/** The entries of a zip file of torch.save, changed and packed again. */
function repacked(
  name: string,
  level: 0 | 9,
  change: (entries: Record<string, Uint8Array>) => void = () => {},
): Uint8Array {
  const entries = unzipSync(file(name))
  change(entries)
  return zipSync(entries, { level })
}

function thrown(run: () => unknown): CheckpointError {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError)
    return error as CheckpointError
  }
  throw new Error("nothing was thrown")
}

test("every file of the folder has expected values", () => {
  expect(readdirSync(folder).filter((name) => name.endsWith(".pth"))).toEqual(
    Object.keys(golden.files).toSorted(),
  )
})

test.each(Object.entries(golden.files))("%s is read as torch reads it", (name, { error, tensors }) => {
  if (error) return expect(thrown(() => readPyTorch(file(name))).code).toBe(error)
  const found = readPyTorch(file(name))
  const expected = Object.entries(tensors!)
  expect([...found.keys()]).toEqual(expected.map(([tensor]) => tensor))
  for (const [tensor, { dtype, shape, values }] of expected) {
    const stored = found.get(tensor)!
    expect({ tensor, dtype: stored.dtype, shape: stored.shape }).toEqual({ tensor, dtype, shape })
    expect(listed(stored), tensor).toEqual(values)
  }
  expect([...readPyTorchShapes(file(name))]).toEqual(expected.map(([tensor, { shape }]) => [tensor, shape]))
})

test("all 65536 float16 values are widened as torch widens them", () => {
  const bits = Uint16Array.from({ length: 65536 }, (_, index) => index)
  const record = new TensorRecord(new Storage("0", "float16", 65536), 0, [65536], [1])
  const bytes = new Uint8Array(bits.buffer)
  const { data } = materialize("halves", record, () => bytes, new Budget(2 ** 20))
  const values = Float32Array.from(data as Float32Array, (value) => (Number.isNaN(value) ? 0 : value))
  expect(createHash("sha256").update(new Uint8Array(values.buffer)).digest("hex")).toBe(golden.float16Sha256)
})

test("contiguous tensors are views of the file; a selection reads nothing else", () => {
  const bytes = file("zip.pth")
  const all = readPyTorch(bytes)
  expect(all.get("tied.weight")!.data.buffer).toBe(bytes.buffer)
  expect(all.get("transposed")!.data.buffer).not.toBe(bytes.buffer)
  const some = readPyTorch(bytes, { only: (name) => name.startsWith("tied."), maxBytes: 0 })
  expect([...some.keys()]).toEqual(["tied.weight", "tied.again"])
})

test("a file at an odd offset of a larger buffer is read", () => {
  const bytes = file("zip.pth")
  const larger = new Uint8Array(bytes.length + 3)
  larger.set(bytes, 3)
  expect(listed(readPyTorch(larger.subarray(3)).get("transposed")!)).toEqual(
    golden.files["zip.pth"]!.tensors!.transposed!.values,
  )
})

test("deflated entries are read", () => {
  const bytes = repacked("zip.pth", 9)
  expect([...readPyTorch(bytes)].map(([name, stored]) => [name, listed(stored)])).toEqual(
    [...readPyTorch(file("zip.pth"))].map(([name, stored]) => [name, listed(stored)]),
  )
})

test("the ZIP64 file has its lengths in ZIP64 fields", () => {
  const bytes = file("zip-64.pth")
  const view = new DataView(bytes.buffer)
  const directory = Buffer.from(bytes).indexOf(Buffer.from([0x50, 0x4b, 1, 2]))
  expect([20, 24].map((field) => view.getUint32(directory + field, true))).toEqual([0xffffffff, 0xffffffff])
})

test.each([
  [
    "a big-endian file",
    repacked("alone.pth", 0, (entries) => set(entries, "byteorder", "big")),
    /big-endian/,
  ],
  [
    "a TorchScript program",
    repacked("alone.pth", 0, (entries) => set(entries, "constants.pkl", "")),
    /TorchScript/,
  ],
  ["a zip file of something else", zipSync({ "readme.txt": new Uint8Array(3) }), /data\.pkl/],
  ["a tar archive", tar(), /tar archive/],
  ["a picture", Uint8Array.of(0x89, 0x50, 0x4e, 0x47), /not one of torch\.save/],
  ["an empty file", new Uint8Array(), /not one of torch\.save/],
  ["another pickle", Uint8Array.of(0x80, 2, 0x4b, 1, 0x2e), /not one of torch\.save/],
])("%s is refused by name", (_, bytes, message) => {
  expect(thrown(() => readPyTorch(bytes))).toMatchObject({
    code: "weights-format",
    message: expect.stringMatching(message),
  })
})

function set(entries: Record<string, Uint8Array>, name: string, text: string): void {
  entries[`alone/${name}`] = new TextEncoder().encode(text)
}

function tar(): Uint8Array {
  const bytes = new Uint8Array(1024)
  bytes.set(new TextEncoder().encode("pickle"))
  bytes.set(new TextEncoder().encode("ustar"), 257)
  return bytes
}

test("CRC-32 is the zip format's", () => {
  // The check value of the CRC catalogue, and lengths and offsets around the groups of sixteen.
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926)
  for (let length = 0; length < 70; length++) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 37 + length) % 256)
    const zip = new DataView(zipSync({ a: bytes }, { level: 0 }).buffer)
    for (const offset of [0, 1, 2, 3]) {
      const larger = new Uint8Array(length + offset)
      larger.set(bytes, offset)
      expect(crc32(larger.subarray(offset))).toBe(zip.getUint32(14, true))
    }
  }
})
