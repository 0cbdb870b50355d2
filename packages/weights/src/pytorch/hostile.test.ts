import { readFileSync } from "node:fs"
import { join } from "node:path"
import { CheckpointError, stream } from "@ifnormal/core"
import { unzipSync, zipSync } from "fflate"
import { expect, test } from "vitest"
import { readPyTorch } from "./read.js"

const folder = join(import.meta.dirname, "__golden__")
const file = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)))

/** A pickle program from texts, one byte per character. */
function program(...parts: readonly string[]): Uint8Array {
  return new Uint8Array(Buffer.from(parts.join(""), "latin1"))
}

const text = (value: string): string => `X${String.fromCharCode(value.length)}\0\0\0${value}`

/** A zip file of torch.save around a program. */
function archive(data: Uint8Array, others: Record<string, Uint8Array> = {}): Uint8Array {
  return zipSync({ "archive/data.pkl": data, ...others }, { level: 0 })
}

/** The code of the error that reading throws, or "read". */
function outcome(bytes: Uint8Array): string {
  try {
    readPyTorch(bytes)
    return "read"
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error
    expect(error.next).not.toBe("")
    return error.code
  }
}

/** 0, 1, 2, ... as BININT2, each with `after` behind it. */
function numbers(count: number, after = ""): string {
  return Array.from({ length: count }, (_, n) => `M${String.fromCharCode(n & 255, n >> 8)}${after}`).join("")
}

const FLOAT = "ctorch\nFloatStorage\n"
/** ("storage", FloatStorage, "0", "cpu", length), as persistent id. */
const storage = (length: number) =>
  `(${text("storage")}${FLOAT}${text("0")}${text("cpu")}K${String.fromCharCode(length)}tQ`
/** {"w": tensor of offset, shape and stride in a storage of `length`}. */
function tensor(length: number, offset: string, shape: string, stride: string): Uint8Array {
  return program(
    `\x80\x02}${text("w")}ctorch._utils\n_rebuild_tensor_v2\n(${storage(length)}${offset}${shape}${stride}\x89}tRs.`,
  )
}
const values = { "archive/data/0": new Uint8Array(16) }

test("the hostile tests' own tensor is read", () => {
  expect(outcome(archive(tensor(4, "K\0", "K\x04\x85", "K\x01\x85"), values))).toBe("read")
})

test.each([
  ["os.system by GLOBAL and REDUCE", "weights-global", program("cos\nsystem\n(S'id'\ntR.")],
  [
    "os.system by protocol 4",
    "weights-global",
    program("\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R."),
  ],
  ["posix.system", "weights-global", program("\x80\x02cposix\nsystem\nX\x02\0\0\0id\x85R.")],
  ["builtins.eval", "weights-global", program("\x80\x02cbuiltins\neval\nX\x01\0\0\x001\x85R.")],
  ["__builtin__.getattr", "weights-global", program("\x80\x02c__builtin__\ngetattr\n.")],
  ["a foreign name without a call", "weights-global", program("\x80\x02csubprocess\nPopen\n.")],
  ["torch.load within", "weights-global", program("\x80\x02ctorch.storage\n_load_from_bytes\nC\x01a\x85R.")],
  [
    "a name that hides an attribute",
    "weights-global",
    program("\x80\x04\x8c\x05torch\x8c\x15_utils.os.path.system\x93."),
  ],
  ["a call of a storage class", "weights-global", program(`\x80\x02${FLOAT})R.`)],
  ["INST", "weights-opcode", program("(ios\nsystem\n.")],
  ["OBJ", "weights-opcode", program("(cos\nsystem\no.").fill(0x4e, 1, 12).fill(0x6f, 12, 13)],
  ["NEWOBJ_EX", "weights-opcode", program("\x80\x04N)}\x92.")],
  ["EXT1", "weights-opcode", program("\x80\x02\x82\x01.")],
  ["EXT2", "weights-opcode", program("\x80\x02\x83\x01\0.")],
  ["EXT4", "weights-opcode", program("\x80\x02\x84\x01\0\0\0.")],
  ["PERSID", "weights-opcode", program("P0\n.")],
  ["LONG4", "weights-opcode", program("\x80\x02\x8b\xff\xff\xff\x7f.")],
  ["NEXT_BUFFER", "weights-opcode", program("\x80\x05\x97.")],
  ["an unknown byte", "weights-opcode", program("\x80\x02\xf0.")],
  ["REDUCE of a dict", "weights-format", program("\x80\x02})R.")],
  ["REDUCE without a tuple", "weights-format", program("\x80\x02ccollections\nOrderedDict\n]R.")],
  ["BUILD on a number", "weights-format", program("\x80\x02K\x01}b.")],
  ["a persistent id that is a number", "weights-format", program("\x80\x02K\x01Q.")],
  [
    "a persistent id of a module's source",
    "weights-format",
    program(`\x80\x02(${text("module")}NX\x01\0\0\0aNtQ.`),
  ],
  [
    "a storage of another name",
    "weights-format",
    program(`\x80\x02(${text("storage")}ccollections\nOrderedDict\n${text("0")}NK\x04tQ.`),
  ],
  ["protocol 6", "weights-format", program("\x80\x06N.")],
  ["STOP on an empty stack", "weights-format", program("\x80\x02.")],
  ["STOP before a mark is used", "weights-format", program("\x80\x02N(.")],
  ["TUPLE2 below a mark", "weights-format", program("\x80\x02NN(\x86.")],
  ["an empty memo", "weights-format", program("\x80\x02h\x05.")],
  ["an odd number of items", "weights-format", program("\x80\x02}(K\x01u.")],
  ["APPEND to a dict", "weights-format", program("\x80\x02}K\x01a.")],
  ["a text that is not UTF-8", "weights-format", program("\x80\x02X\x01\0\0\0\xff.")],
  ["a text beyond the end", "weights-truncated", program("\x80\x02X\xff\xff\xff\xff.")],
  ["bytes beyond the end", "weights-truncated", program("\x80\x02B\xff\xff\xff\xff.")],
  ["a name without an end", "weights-format", program(`\x80\x02c${"a".repeat(300)}\nb\n.`)],
  ["no STOP", "weights-truncated", program("\x80\x02N")],
  ["a list that holds itself", "weights-format", program("\x80\x02]q\0h\0a.")],
  ["a dict that holds itself", "weights-format", program("\x80\x02}q\0K\x01h\0s.")],
  ["a tuple in itself through a list", "weights-format", program("\x80\x02]q\0h\0\x85a.")],
  ["marks without end", "weights-size", program("\x80\x02", "(".repeat(2000), ".")],
  ["a stack without end", "weights-size", program("\x80\x02", "N".repeat(200_000), ".")],
  ["objects without end", "weights-size", program("\x80\x02]", "}a".repeat(1_100_000), ".")],
  ["lists in lists", "weights-size", program("\x80\x02", "]".repeat(1000), "a".repeat(999), ".")],
])("%s is refused: %s", (_, code, data) => {
  expect(outcome(archive(data))).toBe(code)
})

test("a tuple whose entries double at every level is refused", () => {
  // (t, t) thirty times over: 2^30 entries of 150 bytes.
  const levels = "q\0h\0\x86".repeat(30)
  expect(outcome(archive(program("\x80\x02}", levels, ".")))).toBe("weights-size")
})

test.each([
  ["collections\nOrderedDict", `}(${numbers(30_000, "N")}u`],
  ["collections\nCounter", `}(${numbers(30_000, "N")}u`],
  ["torch\nSize", `](${numbers(30_000)}e`],
  ["builtins\nset", `](${numbers(30_000)}e`],
  ["_codecs\nencode", `X\0\0\x10\0${"a".repeat(2 ** 20)}`],
])("calling %s again and again does not copy what was made once", (name, argument) => {
  const again = "h\0h\x01R0".repeat(100)
  const data = program(`\x80\x02c${name}\nq\0${argument}\x85q\x01${again}.`)
  expect(outcome(archive(data))).toBe("weights-size")
})

test.each([
  ["a storage shorter than declared", "weights-truncated", tensor(5, "K\0", "K\x05\x85", "K\x01\x85")],
  ["more elements than the storage", "weights-format", tensor(4, "K\0", "K\x05\x85", "K\x01\x85")],
  ["an offset beyond the storage", "weights-format", tensor(4, "K\x01", "K\x04\x85", "K\x01\x85")],
  ["strides that leave the storage", "weights-format", tensor(4, "K\0", "K\x02K\x02\x86", "K\x03K\x01\x86")],
  ["a stride of 2^62", "weights-format", tensor(4, "K\0", "K\x02\x85", "\x8a\x08\0\0\0\0\0\0\0\x40\x85")],
  ["a stride that is negative", "weights-format", tensor(4, "K\x03", "K\x04\x85", "J\xff\xff\xff\xff\x85")],
  ["a negative offset", "weights-format", tensor(4, "J\xff\xff\xff\xff", "K\x01\x85", "K\x01\x85")],
  ["a shape of texts", "weights-format", tensor(4, "K\0", `${text("4")}\x85`, "K\x01\x85")],
  ["a shape with a fraction", "weights-format", tensor(4, "K\0", "G\x3f\xf8\0\0\0\0\0\0\x85", "K\x01\x85")],
  ["strides of another number of axes", "weights-format", tensor(4, "K\0", "K\x04\x85", ")")],
  [
    "a tensor of 2^60 times one element",
    "weights-size",
    tensor(4, "K\0", "J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86", "K\0K\0\x86"),
  ],
  ["forty axes", "weights-size", tensor(4, "K\0", `(${"K\x01".repeat(40)}t`, `(${"K\x01".repeat(40)}t`)],
])("%s is refused: %s", (_, code, data) => {
  expect(outcome(archive(data, values))).toBe(code)
})

test("an expanded tensor without elements is read, whatever its other axes", () => {
  const axes = `(${"J\xff\xff\xff\x7f".repeat(30)}K\0t`
  expect(outcome(archive(tensor(4, "K\0", axes, axes), values))).toBe("read")
})

test("names are keys and never paths", () => {
  const data = tensor(4, "K\0", "K\x04\x85", "K\x01\x85")
  const path = program(`\x80\x02(${text("storage")}${FLOAT}${text("../../etc/passwd")}NK\x04tQ.`)
  expect(outcome(zipSync({ "../data.pkl": data, "../data/0": values["archive/data/0"]! }))).toBe("read")
  expect(outcome(zipSync({ "/etc/data.pkl": data }))).toBe("weights-format")
  expect(outcome(archive(path, { "../../etc/passwd": new Uint8Array(16) }))).toBe("weights-format")
  expect(outcome(zipSync({ "a/data.pkl": data, "b/data.pkl": data }))).toBe("weights-format")
})

test("a zip bomb is refused before it is inflated", () => {
  const data = tensor(4, "K\0", "K\x04\x85", "K\x01\x85")
  const zeros = new Uint8Array(4 * 2 ** 20)
  const bomb = zipSync({ "archive/data.pkl": [data, { level: 0 }], "archive/data/0": [zeros, { level: 9 }] })
  expect(bomb.length).toBeLessThan(10_000)
  const strict = () => readPyTorch(bomb, { maxBytes: 2 ** 20 })
  expect(strict).toThrow(expect.objectContaining({ code: "weights-size" }))
  // Declared sizes that deflate cannot reach, and ones smaller than what comes out.
  expect(outcome(declaring(bomb, 0xfffffff0))).toBe("weights-size")
  expect(outcome(declaring(bomb, 16))).toBe("weights-format")
})

/** Changes the size that the directory declares for its last entry. */
function declaring(zip: Uint8Array, size: number): Uint8Array {
  const bytes = zip.slice()
  const view = new DataView(bytes.buffer)
  let at = bytes.length - 22
  while (view.getUint32(at, true) !== 0x02014b50) at--
  view.setUint32(at + 24, size, true)
  return bytes
}

test("entries that name the same bytes are refused", () => {
  // Ten storages, all of them the bytes of the first: more than the file has.
  const tensors = Array.from({ length: 10 }, (_, key) => {
    const id = `(${text("storage")}${FLOAT}${text(`${key}`)}NK\x64tQ`
    return `${text(`w${key}`)}ctorch._utils\n_rebuild_tensor\n(${id}K\0K\x64\x85K\x01\x85tR`
  })
  const data = program(`\x80\x02}(${tensors.join("")}u.`)
  const first = new Uint8Array(4000).fill(1)
  const others = Array.from({ length: 10 }, (_, key) => [
    `archive/data/${key}`,
    key === 0 ? first : new Uint8Array(),
  ])
  const zip = archive(data, Object.fromEntries(others))
  expect(outcome(zip)).toBe("weights-truncated")
  const view = new DataView(zip.buffer)
  let source: number | undefined
  for (let at = view.getUint32(zip.length - 6, true); view.getUint32(at, true) === 0x02014b50; ) {
    const name = Buffer.from(zip.subarray(at + 46, at + 46 + view.getUint16(at + 28, true))).toString()
    if (name === "archive/data/0") source = at
    else if (name.startsWith("archive/data/"))
      for (const field of [16, 20, 24, 42])
        view.setUint32(at + field, view.getUint32(source! + field, true), true)
    at += 46 + name.length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  }
  expect(outcome(zip)).toBe("weights-format")
})

test("two entries of one name, encryption and other methods are refused", () => {
  const zip = archive(tensor(4, "K\0", "K\x04\x85", "K\x01\x85"), values)
  const changed = (offset: number, value: number) => {
    const bytes = zip.slice()
    const at = new DataView(bytes.buffer).getUint32(bytes.length - 6, true)
    bytes[at + offset] = value
    return outcome(bytes)
  }
  expect(changed(8, 1)).toBe("weights-format")
  expect(changed(10, 14)).toBe("weights-format")
  const twice = zipSync({ "archive/data.pkl": new Uint8Array(), "archive/data.pkk": new Uint8Array() })
  const directory = Buffer.from(twice).lastIndexOf("archive/data.pkk")
  twice[directory + 15] = 0x6c
  expect(outcome(twice)).toBe("weights-format")
})

test("a changed value fails the entry's checksum", () => {
  const zip = archive(tensor(4, "K\0", "K\x04\x85", "K\x01\x85"), {
    "archive/data/0": new Uint8Array(16).fill(7),
  })
  const at = Buffer.from(zip).indexOf(Buffer.alloc(16, 7))
  zip[at + 5] = 8
  expect(outcome(zip)).toBe("weights-format")
})

test.each(["zip.pth", "zip-64.pth", "legacy.pth", "checkpoint-legacy.pth"])(
  "%s is refused at whatever byte it ends",
  (name) => {
    const whole = file(name)
    const codes = new Set<string>()
    for (let length = 0; length < whole.length; length++) codes.add(outcome(whole.subarray(0, length)))
    expect([...codes].toSorted()).toEqual(["weights-format", "weights-truncated"])
  },
)

test.each(["zip.pth", "legacy.pth", "protocol-4.pth", "checkpoint.pth"])(
  "%s with changed bytes is read or refused with a typed error",
  (name) => {
    const random = stream(1, `flips of ${name}`).uniform
    const whole = file(name)
    const outcomes = new Map<string, number>()
    for (let round = 0; round < 1000; round++) {
      const bytes = whole.slice()
      for (let flips = 1 + Math.floor(random() * 3); flips > 0; flips--)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
      const found = outcome(bytes)
      outcomes.set(found, (outcomes.get(found) ?? 0) + 1)
    }
    // Both happen, and nothing but the reader's own codes.
    expect(outcomes.get("weights-format")).toBeGreaterThan(0)
    expect([...outcomes.keys()].every((code) => code === "read" || code.startsWith("weights-"))).toBe(true)
  },
)

test("changed programs are read or refused, past the checksum", () => {
  const random = stream(1, "flips of programs").uniform
  const entries = unzipSync(file("checkpoint.pth"))
  const name = "checkpoint/data.pkl"
  const whole = entries[name]!
  const outcomes = new Set<string>()
  for (let round = 0; round < 2000; round++) {
    const bytes = whole.slice()
    for (let flips = 1 + Math.floor(random() * 3); flips > 0; flips--)
      bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
    outcomes.add(outcome(zipSync({ ...entries, [name]: bytes }, { level: 0 })))
  }
  expect([...outcomes].toSorted()).toEqual(
    expect.arrayContaining(["read", "weights-format", "weights-global", "weights-opcode"]),
  )
  expect([...outcomes].every((code) => code === "read" || code.startsWith("weights-"))).toBe(true)
})
