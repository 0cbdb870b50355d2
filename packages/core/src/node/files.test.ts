import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { expect, test, vi } from "vitest"
import writeAtomic from "write-file-atomic"
import { thrown } from "../../test/fakes.js"
import { temporaryFolder } from "../../test/folder.js"
import { DataError, FileError } from "../contract/errors.js"
import { fileError, readBytes, readJson, writeFileAtomic, writeJson } from "./files.js"

vi.mock("write-file-atomic", async (original) => ({
  default: vi.fn((await original<{ default: typeof writeAtomic }>()).default),
}))
const path = temporaryFolder()
const system = (code: string) => Object.assign(new Error(`${code}: made by the test`), { code })

test("files are written with their folders and read back", async () => {
  await writeJson(path("a", "b", "c.json"), { x: [1] })
  expect(await readJson(path("a", "b", "c.json"))).toEqual({ x: [1] })
  expect(readFileSync(path("a", "b", "c.json"), "utf8").endsWith("}\n")).toBe(true)
  const view = Uint8Array.of(9, 1, 2, 3, 9).subarray(1, 4)
  await writeFileAtomic(path("bytes"), view)
  expect(await readBytes(path("bytes"))).toEqual(Uint8Array.of(1, 2, 3))
  await writeFileAtomic(path("bytes"), "text")
  expect(readdirSync(path())).toEqual(["a", "bytes"])
})

test("a full disk leaves the old file and nothing half-written", async () => {
  await writeFileAtomic(path("x"), "old")
  vi.mocked(writeAtomic).mockRejectedValueOnce(system("ENOSPC"))
  expect(await thrown(() => writeFileAtomic(path("x"), "new"))).toMatchObject({
    name: "FileError",
    code: "disk-full",
    message: `Cannot write ${path("x")}: the disk is full (ENOSPC).`,
    next: expect.stringContaining("Free some space"),
  })
  expect(readFileSync(path("x"), "utf8")).toBe("old")
  expect(readdirSync(path())).toEqual(["x"])
})

test("a file in place of a folder, and a folder in place of a file, are not writable", async () => {
  writeFileSync(path("file"), "")
  mkdirSync(path("folder"))
  for (const target of [path("file", "x"), path("file", "y", "x"), path("folder")]) {
    const error = await thrown(() => writeFileAtomic(target, "x"))
    expect(error).toMatchObject({ name: "FileError", code: "not-writable" })
    expect(error.message).toContain(target)
  }
  expect(readdirSync(path()).sort()).toEqual(["file", "folder"])
})

test("what cannot be read says why", async () => {
  writeFileSync(path("file"), '{"a": ')
  expect(await thrown(() => readBytes(path("none")))).toMatchObject({ code: "not-found" })
  expect(await thrown(() => readBytes(path("file", "x")))).toMatchObject({ code: "not-found" })
  expect(await thrown(() => readBytes(path()))).toMatchObject({ code: "not-readable" })
  expect(await thrown(() => readJson(path("file")))).toMatchObject({ name: "FileError", code: "not-json" })
})

test.each([
  ["write", "EACCES", "not-writable"],
  ["write", "EPERM", "not-writable"],
  ["write", "EROFS", "not-writable"],
  ["write", "EDQUOT", "disk-full"],
  ["write", "ENOENT", "not-found"],
  ["write", "EIO", "file-failed"],
  ["read", "EACCES", "not-readable"],
  ["read", "EIO", "file-failed"],
] as const)("on %s, %s is %s", (action, code, expected) => {
  const error = fileError(action, "/some/file", system(code))
  expect(error).toBeInstanceOf(FileError)
  expect(error).toMatchObject({ code: expected, message: expect.stringContaining(`/some/file`) })
  expect((error as FileError).next).not.toBe("")
})

test("other errors come back as they are", () => {
  const typed = new DataError({ code: "x", message: "x", next: "x" })
  const plain = new Error("x")
  expect(fileError("read", "p", typed)).toBe(typed)
  expect(fileError("read", "p", plain)).toBe(plain)
})
