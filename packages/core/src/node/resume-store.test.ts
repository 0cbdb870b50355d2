import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { expect, test, vi } from "vitest"
import writeAtomic from "write-file-atomic"
import { thrown } from "../../test/fakes.js"
import { temporaryFolder } from "../../test/folder.js"
import { encodeSafetensors } from "../checkpoint/safetensors.js"
import type { TrainingState } from "../contract/training.js"
import { resumeStore } from "./resume-store.js"

vi.mock("write-file-atomic", async (original) => ({
  default: vi.fn((await original<{ default: typeof writeAtomic }>()).default),
}))
const path = temporaryFolder()
const file = () => path("resume", "state.safetensors")
const state = (step: number): TrainingState => ({
  step,
  tensors: { "adam/m/weight": { shape: [2], dtype: "float32", data: Float32Array.of(step, 1e-30) } },
})

test("a state comes back bit by bit, the last one counts", async () => {
  const store = resumeStore(path())
  expect(await store.load()).toBeUndefined()
  await store.save(state(50))
  await store.save(state(100))
  expect(await resumeStore(path()).load()).toEqual(state(100))
  await store.clear()
  expect(await store.load()).toBeUndefined()
  await store.clear()
})

test("saves that overlap are written one after the other", async () => {
  const store = resumeStore(path())
  await Promise.all([1, 2, 3].map((step) => store.save(state(step))))
  expect(await store.load()).toEqual(state(3))
})

test("what a killed process left half-written is removed, the state saved before stays", async () => {
  const store = resumeStore(path())
  await store.save(state(50))
  writeFileSync(`${file()}.123456`, readFileSync(file()).subarray(0, 40))
  expect(await resumeStore(path()).load()).toEqual(state(50))
  expect(readdirSync(path("resume"))).toEqual(["state.safetensors"])
})

test("a full disk keeps the state saved before", async () => {
  const store = resumeStore(path())
  await store.save(state(50))
  vi.mocked(writeAtomic).mockRejectedValueOnce(Object.assign(new Error("full"), { code: "ENOSPC" }))
  expect(await thrown(() => store.save(state(100)))).toMatchObject({ name: "FileError", code: "disk-full" })
  expect(await store.load()).toEqual(state(50))
})

test("a state of a training with other options is refused", async () => {
  await resumeStore(path(), { key: "steps 100" }).save(state(50))
  const error = await thrown(() => resumeStore(path(), { key: "steps 200" }).load())
  expect(error).toMatchObject({ name: "CheckpointError", code: "checkpoint-resume" })
  expect(error.next).toContain("start anew")
})

test("a broken state file is refused", async () => {
  await resumeStore(path()).save(state(50))
  const bytes = readFileSync(file())
  writeFileSync(file(), bytes.subarray(0, bytes.length - 1))
  expect(await thrown(() => resumeStore(path()).load())).toMatchObject({ code: "checkpoint-safetensors" })
  for (const metadata of [{ key: "" }, { step: "many", key: "" }] as Record<string, string>[]) {
    writeFileSync(file(), encodeSafetensors({}, metadata))
    expect(await thrown(() => resumeStore(path()).load())).toMatchObject({ code: "checkpoint-resume" })
  }
})
