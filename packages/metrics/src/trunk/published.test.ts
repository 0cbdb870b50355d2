import { sha256 } from "@ifnormal/core"
import { CATALOG } from "@ifnormal/weights"
import { afterEach, expect, test, vi } from "vitest"
import { digestOf, isPublished } from "./published.js"

afterEach(() => vi.unstubAllGlobals())

test("the platform's digest is core's, and core's serves where there is none", async () => {
  const file = Uint8Array.from({ length: 1000 }, (_, i) => i % 251).subarray(3)
  expect(await digestOf(file)).toBe(sha256(file))
  vi.stubGlobal("crypto", {})
  expect(await digestOf(file)).toBe(sha256(file))
})

test("only all digits of the right entry make weights published: its first eight are in the file's name", () => {
  const { name, sha256: whole } = CATALOG[0]!
  expect(isPublished(name, whole)).toBe(true)
  expect(isPublished(name, `${whole.slice(0, 8)}${"0".repeat(56)}`)).toBe(false)
  expect(isPublished(CATALOG[1]!.name, whole)).toBe(false)
})
