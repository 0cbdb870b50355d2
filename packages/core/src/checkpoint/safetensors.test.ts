import { expect, test } from "vitest"
import { thrown } from "../../test/fakes.js"
import { CheckpointError } from "../contract/errors.js"
import type { StoredTensor } from "../contract/training.js"
import { stream } from "../random.js"
import { decodeSafetensors, encodeSafetensors, safetensorsMetadata } from "./safetensors.js"

const tensors: Record<string, StoredTensor> = {
  "down1/weight": { shape: [2, 3], dtype: "float32", data: Float32Array.of(1, -0, Number.NaN, 1e-40, 5, 6) },
  bytes: { shape: [5], dtype: "uint8", data: Uint8Array.of(1, 2, 3, 4, 255) },
  steps: { shape: [], dtype: "int32", data: Int32Array.of(-7) },
  none: { shape: [0, 4], dtype: "float32", data: new Float32Array(0) },
  __proto: { shape: [1], dtype: "uint8", data: Uint8Array.of(9) },
}

/** A file with this header and so many bytes of values. */
function file(header: unknown, size: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + size)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  return bytes
}
const u8 = (begin: number, end: number) => ({ dtype: "U8", shape: [end - begin], data_offsets: [begin, end] })

test("what was encoded comes back bit by bit", () => {
  const back = decodeSafetensors(encodeSafetensors(tensors, { step: "12" }))
  expect(Object.keys(back).sort()).toEqual(Object.keys(tensors).sort())
  for (const [name, { shape, dtype, data }] of Object.entries(tensors)) {
    expect(back[name]).toMatchObject({ shape, dtype })
    const bytes = (array: ArrayBufferView) => [
      ...new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
    ]
    expect(bytes(back[name]!.data)).toEqual(bytes(data))
  }
})

test("equal tensors give equal bytes in any order, values begin at a multiple of eight", () => {
  const reversed = Object.fromEntries(Object.entries(tensors).reverse())
  const bytes = encodeSafetensors(tensors)
  expect(encodeSafetensors(reversed)).toEqual(bytes)
  expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0)
})

test("metadata comes back, and is empty where there is none", async () => {
  expect(safetensorsMetadata(encodeSafetensors(tensors, { step: "12", key: "ü" }))).toEqual({
    step: "12",
    key: "ü",
  })
  expect(safetensorsMetadata(encodeSafetensors(tensors))).toEqual({})
  const error = await thrown(() => safetensorsMetadata(file({ __metadata__: { step: 1 } }, 0)))
  expect(error.code).toBe("checkpoint-safetensors")
})

test("a view into a larger buffer is read at its own place", () => {
  const bytes = encodeSafetensors(tensors)
  const larger = new Uint8Array(bytes.length + 3)
  larger.set(bytes, 3)
  expect(decodeSafetensors(larger.subarray(3)).steps?.data[0]).toBe(-7)
})

test("a Node Buffer is read like any other bytes", () => {
  expect(decodeSafetensors(Buffer.from(encodeSafetensors(tensors)))).toEqual(
    decodeSafetensors(encodeSafetensors(tensors)),
  )
})

test("a tensor whose shape does not fit its data is not encoded", async () => {
  const bad = { a: { shape: [3], dtype: "float32", data: new Float32Array(2) } as const }
  expect(await thrown(() => encodeSafetensors(bad))).toMatchObject({ code: "checkpoint-tensor" })
  const mixed = { a: { shape: [2], dtype: "float32", data: new Uint8Array(2) } as const }
  expect(await thrown(() => encodeSafetensors(mixed))).toMatchObject({ code: "checkpoint-tensor" })
})

test.each<[string, Uint8Array]>([
  ["nothing", new Uint8Array(0)],
  ["seven bytes", new Uint8Array(7)],
  ["a header longer than the file", file("{}", 0).slice(0, 9)],
  ["a header of 2^63 bytes", Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 128, 123, 125)],
  ["no JSON", file("{", 0)],
  ["broken UTF-8", Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 34, 0xff, 34)],
  ["a list as header", file([], 0)],
  ["deeply nested JSON", file("[".repeat(100_000), 0)],
  ["an entry that is no object", file({ a: 1 }, 0)],
  ["an unknown dtype", file({ a: { ...u8(0, 4), dtype: "BF16" } }, 4)],
  ["no dtype", file({ a: { shape: [1], data_offsets: [0, 1] } }, 1)],
  ["a negative size", file({ a: { ...u8(0, 4), shape: [-2, -2] } }, 4)],
  ["a size that is no whole number", file({ a: { ...u8(0, 4), shape: [0.5, 8] } }, 4)],
  ["an overflowing shape", file({ a: { ...u8(0, 4), shape: [2 ** 40, 2 ** 40] } }, 4)],
  ["no offsets", file({ a: { dtype: "U8", shape: [1] } }, 1)],
  ["three offsets", file({ a: { ...u8(0, 1), data_offsets: [0, 1, 2] } }, 1)],
  ["offsets beyond the end", file({ a: u8(0, 5) }, 4)],
  ["offsets backwards", file({ a: { dtype: "U8", shape: [0], data_offsets: [4, 2] } }, 4)],
  ["fewer bytes than the shape needs", file({ a: { ...u8(0, 4), shape: [5] } }, 4)],
  ["overlapping tensors", file({ a: u8(0, 3), b: u8(2, 4) }, 4)],
  ["a gap", file({ a: u8(0, 1), b: u8(2, 4) }, 4)],
  [
    "the same name twice",
    file(
      '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}',
      4,
    ),
  ],
  ["bytes after the last tensor", file({ a: u8(0, 3) }, 4)],
  ["a file cut short", encodeSafetensors(tensors).slice(0, -1)],
])("%s is refused", async (_, bytes) => {
  const error = await thrown(() => decodeSafetensors(bytes, "weights.safetensors"))
  expect(error).toMatchObject({ name: "CheckpointError", code: "checkpoint-safetensors" })
  expect(error.message).toMatch(/^weights\.safetensors is not a whole safetensors file: /)
})

test("a tensor named __proto__ is a name like any other", () => {
  const back = decodeSafetensors(file('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1))
  expect(Object.keys(back)).toEqual(["__proto__"])
  expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
})

test("mutated files are read or refused, and never fail otherwise", async () => {
  const original = encodeSafetensors(tensors, { step: "3" })
  const random = stream(1, "fuzz")
  let refused = 0
  for (let round = 0; round < 3000; round++) {
    let bytes = original.slice()
    for (let change = random.int(4); change >= 0; change--)
      bytes[random.int(bytes.length)] = random.uniform() < 0.5 ? random.int(256) : 48 + random.int(10)
    if (random.uniform() < 0.2) bytes = bytes.slice(0, random.int(bytes.length))
    for (const read of [decodeSafetensors, safetensorsMetadata])
      try {
        read(bytes)
      } catch (error) {
        if (!(error instanceof CheckpointError)) throw error
        refused++
      }
  }
  expect(refused).toBeGreaterThan(1000)
})
