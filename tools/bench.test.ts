// The bench's own machinery: turns, limits, the count of operations and the table. What it measures needs a quiet machine.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { stepFlops } from "../packages/backend-ort/bench/flops.mjs"
import { markdown } from "../packages/backend-ort/bench/markdown.mjs"
import { takeTurns } from "../packages/backend-ort/bench/pairing.mjs"
import { line, spread } from "../packages/backend-ort/bench/statistics.mjs"

let folder: string
const script = (name: string, text: string) => {
  const path = join(folder, `${name}.mjs`)
  writeFileSync(path, text)
  return path
}
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ifnormal-turns-"))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A side that answers every line with its own number and how often it was asked. */
const counter = (ms: number) => `
  import { createInterface } from "node:readline"
  let index = 0
  for await (const _ of createInterface({ input: process.stdin })) console.log(JSON.stringify({ ms: ${ms}, index: index++ }))`

test("sides take turns after a warm-up; one that fails or takes too long says why and leaves the others", async () => {
  const side = (name: string, text: string, limitMs?: number) => ({
    command: process.execPath,
    args: [script(name, text)],
    limitMs,
  })
  const results = await takeTurns(
    {
      one: side("one", counter(1)),
      two: side("two", counter(2)),
      broken: side("broken", "throw new TypeError('no compiler')", 60_000),
      slow: side("slow", "process.stdin.resume()", 20),
    },
    4,
    0,
  )
  expect(results.one.first).toEqual({ ms: 1, index: 0 })
  for (const name of ["one", "two"])
    expect(results[name].units.map(({ index }: { index: number }) => index)).toEqual([3, 4, 5, 6])
  expect(results.broken.failed).toContain("no compiler")
  expect(results.slow.failed).toContain("more than")
})

test("a side without a limit has to work", async () => {
  const broken = { command: process.execPath, args: [script("bad", "process.exit(3)")] }
  await expect(takeTurns({ ours: broken }, 1, 0)).rejects.toThrow("ours: ended with 3")
})

test("operations of a step are those that PyTorch counts", () => {
  // Printed by: python packages/backend-ort/bench/gan_step.py --flops (torch 2.15.0); it counts power iterations as well.
  const counted = 66_529_820_672
  expect(Math.abs(stepFlops({ size: 28, width: 16, batch: 64 }) / counted - 1)).toBeLessThan(1e-5)
  expect(stepFlops({ size: 28, width: 16, batch: 128 })).toBe(
    2 * stepFlops({ size: 28, width: 16, batch: 64 }),
  )
})

test("a line through points with a fixed cost, and how far the farthest lies", () => {
  const exact = line([16, 64, 256].map((x) => [x, 100 + 2 * x]))
  expect([exact.fixed, exact.slope, exact.worst].map((value) => Number(value.toFixed(9)))).toEqual([
    100, 2, 0,
  ])
  expect(line([1, 2, 4, 8].map((x) => [x, x * x])).worst).toBeGreaterThan(0.15)
})

test("median and middle half", () => {
  expect(spread([4, 1, 3, 2])).toEqual({ n: 4, median: 2.5, min: 1, max: 4, low: 2, high: 3 })
  expect(spread([9, 1, 5])).toMatchObject({ median: 5, low: 1, high: 9 })
})

test("the table says which bars are met, and why a column is missing", () => {
  const side = (ms: number, peakMb: number) => ({
    ms: spread([ms]),
    peakMb,
    firstMs: 10 * ms,
    compiles: 0,
    name: `side ${ms}`,
  })
  const text = markdown({
    gan: {
      title: "step",
      machine: "a machine",
      node: "v20",
      threads: 2,
      rounds: 7,
      load: [0, 1],
      date: "today",
      ours: side(120, 100),
      contiguous: side(150, 200),
      "channels-last": side(100, 200),
      compiled: { failed: "no compiler" },
      best: "channels-last",
      ratio: spread([1.2]),
      rss: 0.5,
      bars: [
        { what: "ours / eager", value: 1.2, limit: 0.9, reach: 0.5, met: false },
        { what: "peak RSS", value: 0.5, limit: 1.3, reach: 0.8, met: true },
      ],
    },
  })
  expect(text).toContain("ours / eager 1.20 <= 0.9: NOT MET; peak RSS 0.50 <= 1.3: met, and 0.8")
  expect(text).toContain("did not work: no compiler")
  expect(text).toContain("100 (100-100) channels-last")
  expect(text).toContain("a machine, Node v20, 2 threads")
})
