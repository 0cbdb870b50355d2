import { appendFileSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { expect, test } from "vitest"
import { thrown } from "../../test/fakes.js"
import { temporaryFolder } from "../../test/folder.js"
import { attempt } from "./files.js"
import { readLog, TrainingLog } from "./training-log.js"

const path = temporaryFolder()
const line = (step: number) => ({ step, seconds: step / 2, terms: { gan: step } })

async function write(from: number, to: number, options = {}): Promise<TrainingLog> {
  const log = await TrainingLog.open(path("log.jsonl"), options)
  for (let step = from; step <= to; step++) await log.append(line(step))
  await log.close()
  return log
}

test("one line per step, read back in order", async () => {
  await write(1, 3)
  expect(readFileSync(path("log.jsonl"), "utf8").split("\n")).toHaveLength(4)
  expect(await readLog(path("log.jsonl"))).toEqual([1, 2, 3].map(line))
})

test("a resumed log is cut back to the resumed step, and goes on from there", async () => {
  await write(1, 7)
  appendFileSync(path("log.jsonl"), '{"step":8,"sec')
  const log = await write(6, 6, { resumedStep: 5 })
  expect(log.last).toEqual(line(5))
  expect(await readLog(path("log.jsonl"))).toEqual([1, 2, 3, 4, 5, 6].map(line))
})

test("a training from the start empties the log", async () => {
  await write(1, 3)
  const log = await write(1, 1)
  expect(log.last).toBeUndefined()
  expect(await readLog(path("log.jsonl"))).toEqual([line(1)])
})

test("lines that are no log lines are left out, a missing log is empty", async () => {
  expect(await readLog(path("none.jsonl"))).toEqual([])
  writeFileSync(
    path("log.jsonl"),
    `null\n3\n{"step":1}\n${JSON.stringify(line(2))}\n{"step":3,"seconds":1,"terms":null}`,
  )
  expect(await readLog(path("log.jsonl"))).toEqual([line(2)])
})

test("an unwritable folder and a folder in place of the log are refused", async () => {
  writeFileSync(path("file"), "")
  expect(await thrown(() => TrainingLog.open(path("file", "log.jsonl")))).toMatchObject({
    code: "not-writable",
  })
  expect(await thrown(() => TrainingLog.open(path()))).toMatchObject({ name: "FileError" })
  expect(await thrown(() => readLog(path()))).toMatchObject({ code: "not-readable" })
})

test("a full disk while appending is a FileError (Linux's /dev/full)", async () => {
  symlinkSync("/dev/full", path("full"))
  const { open } = await import("node:fs/promises")
  const file = await open(path("full"), "a")
  expect(await thrown(() => attempt("write", path("full"), () => file.appendFile("x")))).toMatchObject({
    code: "disk-full",
  })
  await file.close()
})
