import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { encodePng } from "../png.js"
import { dilate, findMasks, readMask, shareInside } from "./masks.js"

const at = (mask: Uint8Array) => [...mask.keys()].filter((i) => mask[i])

test("a mask grows by a disc and stops at the edge", () => {
  const mask = new Uint8Array(25)
  mask[12] = 255
  expect(at(dilate(mask, 5, 5, 1))).toEqual([7, 11, 12, 13, 17])
  mask.fill(0)[0] = 255
  expect(at(dilate(mask, 5, 5, 1))).toEqual([0, 1, 5])
})

test("the share of a change inside a mask counts squares and absolute differences over channels", () => {
  const from = { shape: [1, 2, 2] as const, data: Float32Array.of(0, 0, 0, 0) }
  const to = { shape: [1, 2, 2] as const, data: Float32Array.of(0.5, 0.5, 1, 0) }
  const mask = Uint8Array.of(255, 0)
  expect(shareInside(from, to, mask)).toEqual({ energy: 0.5 / 1.5, absolute: 0.5 })
  expect(shareInside(from, from, mask)).toEqual({})
})

test("a mask is found by name, with and without _mask, in the same subfolder", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ifnormal-masks-"))
  const png = encodePng({ shape: [4, 4, 1], data: new Float32Array(16).fill(1) })
  for (const name of ["color/00.png", "cut/00_mask.png", "cut/01_mask.png"]) {
    mkdirSync(join(folder, name.split("/")[0]!), { recursive: true })
    writeFileSync(join(folder, name), png)
  }
  const found = await findMasks(folder, [
    "test/cut/00.jpg",
    "test/color/00.jpg",
    "test/cut/01.jpg",
    "test/good/01.jpg",
  ])
  expect(found).toEqual([
    join(folder, "cut/00_mask.png"),
    join(folder, "color/00.png"),
    join(folder, "cut/01_mask.png"),
    undefined,
  ])
  await expect(findMasks(folder, ["07.jpg"])).rejects.toMatchObject({ code: "masks-missing" })
  expect((await readMask(found[0]!, [4, 4, 3])).drawn).toEqual(new Uint8Array(16).fill(255))
})
