import { writeFileSync } from "node:fs"
import { expect, test } from "vitest"
import { thrown } from "../../test/fakes.js"
import { temporaryFolder } from "../../test/folder.js"
import { RunFolder } from "./run-folder.js"

const path = temporaryFolder()

test("a run folder is made, filled and opened again", async () => {
  const made = await RunFolder.create(path("runs", "demo"))
  await made.writeJson("run.json", { format: 1 })
  await made.write("explanations/images.safetensors", Uint8Array.of(1))
  const run = await RunFolder.open(path("runs", "demo"))
  expect(await run.readJson<{ format: number }>("run.json")).toEqual({ format: 1 })
  expect(await run.readBytes("explanations", "images.safetensors")).toEqual(Uint8Array.of(1))
  expect(await run.has("run.json")).toBe(true)
  expect(await run.has("metrics.json")).toBe(false)
  expect([run.detector, run.generator]).toEqual([path("runs/demo/detector"), path("runs/demo/generator")])
  await RunFolder.create(path("runs", "demo"))
  expect(await run.has("run.json")).toBe(true)
})

test("a missing folder and a file are refused", async () => {
  writeFileSync(path("file"), "")
  expect(await thrown(() => RunFolder.open(path("none")))).toMatchObject({
    name: "FileError",
    code: "not-found",
  })
  expect(await thrown(() => RunFolder.open(path("file")))).toMatchObject({ code: "not-found" })
  expect(await thrown(() => RunFolder.create(path("file")))).toMatchObject({ code: "not-writable" })
  expect(await thrown(() => RunFolder.create(path("file", "run")))).toMatchObject({ code: "not-writable" })
})
