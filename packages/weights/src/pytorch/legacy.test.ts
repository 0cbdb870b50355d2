import { CheckpointError } from "@ifnormal/core"
import { expect, test } from "vitest"
import { readPyTorch } from "./read.js"

// Files of torch 0.1.10 to 0.3, as torchvision's oldest are: tensors by _rebuild_tensor, Parameters that are called and
// then built, storages that are views of others. No torch writes them today, so they are written here.

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1")
const text = (value: string): string => `X${String.fromCharCode(value.length)}\0\0\0${value}`

const MAGIC = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
const PROTOCOL = "\x80\x02M\xe9\x03."
const system = (littleEndian: boolean) =>
  `\x80\x02}${text("little_endian")}${littleEndian ? "\x88" : "\x89"}s.`
const storage = (length: number, view = "N", type = "FloatStorage") =>
  `(${text("storage")}ctorch\n${type}\n${text("7")}${text("cpu")}K${String.fromCharCode(length)}${view}tQ`
const tensor = (from: string, offset: number, axis: number) =>
  `ctorch._utils\n_rebuild_tensor\n(${from}K${String.fromCharCode(offset)}K${String.fromCharCode(axis)}\x85K\x01\x85tR`
const keys = (...names: readonly string[]) => `\x80\x02](${names.map(text).join("")}e.`

/** Count and values of a storage. */
function raw(count: number, ...values: readonly number[]): number[] {
  const data = new Uint8Array(8 + 4 * values.length)
  new DataView(data.buffer).setBigInt64(0, BigInt(count), true)
  data.set(new Uint8Array(Float32Array.from(values).buffer), 8)
  return [...data]
}

function file(
  object: string,
  storages: readonly number[],
  { order = system(true), names = keys("7") } = {},
): Uint8Array {
  return Uint8Array.from([...bytes(`${MAGIC}${PROTOCOL}${order}\x80\x02${object}.${names}`), ...storages])
}

const read = (content: Uint8Array) => [...readPyTorch(content)].map(([name, { data }]) => [name, [...data]])

function refusal(content: Uint8Array): string {
  try {
    readPyTorch(content)
  } catch (error) {
    if (error instanceof CheckpointError) return `${error.code}: ${error.message}`
    throw error
  }
  return "read"
}

test("tensors, parameters and views of storages are read", () => {
  const parameter = `ctorch.nn.parameter\nParameter\n${tensor(storage(4), 0, 2)}\x85R(\x88\x89}tb`
  const view = `(${text("8")}K\x01K\x03t`
  const object = `ccollections\nOrderedDict\n]\x85R(${text("weight")}${parameter}${text("bias")}${tensor(storage(4, view), 1, 2)}u`
  expect(read(file(object, raw(4, 1, 2, 3, 4)))).toEqual([
    ["weight", [1, 2]],
    ["bias", [3, 4]],
  ])
})

test("an OrderedDict of pairs is read, as Python 2 wrote it", () => {
  const object = `ccollections\nOrderedDict\n](](${"U\x01w"}${tensor(storage(2), 0, 2)}ee\x85R`
  expect(read(file(object, raw(2, 5, 6)))).toEqual([["w", [5, 6]]])
})

const one = `}${text("w")}${tensor(storage(2), 0, 2)}s`

test.each([
  [
    "an older protocol",
    Uint8Array.from(bytes(`${MAGIC}\x80\x02M\xe8\x03.`)),
    /weights-format: .* protocol 1000/,
  ],
  ["a big-endian file", file(one, raw(2, 1, 2), { order: system(false) }), /weights-format: .*big-endian/],
  [
    "a file without its keys",
    file(one, [], { names: "\x80\x02N." }),
    /weights-format: .*no list of storage keys/,
  ],
  [
    "a key that the object does not have",
    file(one, raw(2, 1, 2), { names: keys("9") }),
    /weights-format: Storage key "9"/,
  ],
  [
    "a key that comes twice",
    file(one, [...raw(2, 1, 2), ...raw(2, 1, 2)], { names: keys("7", "7") }),
    /weights-format: .*twice/,
  ],
  [
    "a key without values",
    file(one, [], { names: keys() }),
    /weights-format: .*no values for the storage "7"/,
  ],
  ["fewer values than declared", file(one, raw(1, 1)), /weights-truncated: .*4 bytes, 8 are declared/],
  ["values beyond the end", file(one, raw(3, 1, 2)), /weights-truncated/],
  ["a count beyond 2^53", file(one, raw(-1)), /weights-size: .*declares/],
  [
    "a storage of two types",
    file(`]${storage(2)}a${storage(2, "N", "LongStorage")}a`, raw(2, 1, 2)),
    /weights-format: .*of float32 and of int64/,
  ],
  [
    "a view beyond its storage",
    file(`}${text("w")}${tensor(storage(2, `(${text("8")}K\x01K\x02t`), 0, 2)}s`, raw(2, 1, 2)),
    /weights-truncated/,
  ],
  [
    "a key that is no text",
    file(one, [], { names: `\x80\x02]]${"q\0h\0\x86".repeat(40)}a.` }),
    /weights-format: Storage key without a text/,
  ],
  [
    "a protocol that is no number",
    Uint8Array.from(bytes(`${MAGIC}\x80\x02]${"q\0h\0\x86".repeat(40)}.`)),
    /weights-format: .*protocol unknown/,
  ],
  ["a view without a length", file(`]${storage(2, "N\x85")}a`, raw(2, 1, 2)), /weights-format: The view/],
])("%s is refused", (_, content, message) => {
  expect(refusal(content)).toMatch(message)
})
