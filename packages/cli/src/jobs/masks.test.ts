import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { ImageSource } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import "@tensorflow/tfjs-backend-cpu"
import { expect, test } from "vitest"
import { encodePng } from "../png.js"
import { dilate, findMasks, openTestMasks, readMask, shareInside } from "./masks.js"

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

test("masks of a test set: one for every anomaly, nothing for normal images", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ifnormal-masks-"))
  mkdirSync(join(folder, "cut"))
  const half = Float32Array.from({ length: 16 }, (_, i) => (i < 8 ? 1 : 0))
  for (const name of ["00_mask.png", "01.png"])
    writeFileSync(join(folder, "cut", name), encodePng({ shape: [4, 4, 1], data: half }))
  const source = (...files: string[]): ImageSource => ({
    shape: [4, 4, 3],
    length: files.length,
    labels: new Int32Array(files.length),
    files,
    read: async () => new Uint8Array(),
  })
  const masks = await openTestMasks(folder, source("test/cut/00.png", "test/cut/01.png"))
  const anomalies = await masks.read("anomaly", [1, 0])
  expect(anomalies.shape).toEqual([2, 4, 4])
  expect([...(await anomalies.data())]).toEqual([...half, ...half])
  const normal = await masks.read("normal", [0])
  expect([...(await normal.data())]).toEqual(Array(16).fill(0))
  tf.dispose([anomalies, normal])
  const missing = { code: "masks-missing", message: expect.stringContaining("1 of 2 test anomalies") }
  await expect(openTestMasks(folder, source("cut/00.png", "cut/07.png"))).rejects.toMatchObject(missing)
  const { files: _, ...unnamed } = source("cut/00.png")
  await expect(openTestMasks(folder, unnamed)).rejects.toMatchObject({
    code: "masks-missing",
    message: expect.stringContaining("the images of this data set have none"),
  })
})
