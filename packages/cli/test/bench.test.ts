import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { timing } from "../src/jobs/bench.js"
import { ifnormal } from "./support.js"

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "ifnormal-bench-"))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

test("the first times are left out of the median, and the very first is told", () => {
  expect(timing("step", [900, 50, 40, 5, 1, 3, 4, 2])).toEqual({
    name: "step",
    first: 900,
    n: 5,
    median: 3,
    low: 2,
    high: 4,
  })
  expect(timing("step", [9, 9, 9, 2, 4]).median).toBe(3)
})

test("bench times training and counterfactuals, describes the machine and writes the table it prints", async () => {
  const { code, stdout, stderr } = await ifnormal(
    cwd,
    "bench",
    "--steps",
    "1",
    "--threads",
    "1",
    "--out",
    "b.md",
  )
  expect(code).toBe(0)
  expect(stderr).toContain("bench 16/16")
  expect(readFileSync(join(cwd, "b.md"), "utf8")).toBe(stdout)
  expect(readdirSync(cwd)).toEqual(["b.md"])
  const rows = stdout.split("\n").filter((line) => line.startsWith("| "))
  expect(rows.map((row) => row.split(" | ")[0])).toEqual([
    "| work",
    "| ---",
    "| generator training step, batch 32",
    "| detector training step, batch 128",
    "| counterfactuals and their scores, batch 1",
    "| counterfactuals and their scores, batch 64",
  ])
  expect(stdout).toMatch(/engine ort \d+\.\d+\.\d+, 1 thread, memory fast/)
  expect(stdout).toContain(`Node ${process.version}`)
})
