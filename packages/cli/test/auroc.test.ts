import { spawn } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { f1Max, partialAuroc, auroc as rank } from "@ifnormal/metrics"
import { afterAll, beforeAll, expect, test } from "vitest"
import { ifnormal } from "./support.js"

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "ifnormal-auroc-"))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const normal = Array.from({ length: 40 }, (_, i) => ((i * 37) % 41) / 10)
const anomaly = Array.from({ length: 25 }, (_, i) => 1.5 + ((i * 17) % 29) / 10)

function write(name: string, ...lines: string[]): string {
  writeFileSync(join(cwd, name), lines.join("\n"))
  return name
}

/** Lines of the scores above, normal and anomalous ones mixed. */
function lines(
  labels: readonly [string, string],
  row = (score: number, label: string) => `${score},${label}`,
) {
  const both = [...normal.map((v) => row(v, labels[0])), ...anomaly.map((v) => row(v, labels[1]))]
  return both.map((_, i) => both[(i * 7) % both.length]!)
}

async function metricsOf(...args: string[]) {
  const { code, stdout, stderr } = await ifnormal(cwd, "auroc", ...args, "--json", "--draws", "50")
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
  return JSON.parse(stdout)
}

async function failure(...args: string[]) {
  const { code, stdout, stderr } = await ifnormal(cwd, "auroc", ...args, "--json")
  expect(stdout).toBe("")
  const { error } = JSON.parse(stderr)
  expect(error.next).not.toBe("")
  return { exit: code, ...error }
}

test("a CSV with a head: every number with interval, n, recipe and seed", async () => {
  const file = write("scores.csv", "score,label", ...lines(["0", "1"]))
  const { metrics, labels } = await metricsOf(file, "--seed", "4", "--max-fpr", "0.2")
  expect(labels).toEqual({ normal: ["0"], anomaly: ["1"] })
  expect(metrics.map(({ name }: { name: string }) => name)).toEqual([
    "AuROC",
    "AUPR",
    "F1Max",
    "partial AuROC, FPR <= 0.2",
  ])
  expect(metrics[0].value).toBeCloseTo(rank(normal, anomaly), 12)
  expect(metrics[2]).toMatchObject(f1Max(normal, anomaly))
  expect(metrics[3].value).toBeCloseTo(partialAuroc(normal, anomaly, 0.2), 12)
  for (const row of metrics) {
    expect(row).toMatchObject({ n: 65, counts: { normal: 40, anomaly: 25 }, seed: 4, draws: 50, level: 0.95 })
    expect(row.interval[0]).toBeLessThan(row.value)
    expect(row.interval[1]).toBeGreaterThan(row.value)
    expect(row.recipe).not.toBe("")
  }
})

test("a table for people", async () => {
  const file = write("table.csv", "score,label", ...lines(["normal", "anomaly"]))
  const { stdout } = await ifnormal(cwd, "auroc", file, "--draws", "50")
  expect(stdout).toContain(`AuROC                      ${rank(normal, anomaly).toFixed(6)}`)
  expect(stdout).toContain(`score >= ${f1Max(normal, anomaly).threshold}`)
  expect(stdout).toContain('40 normal ("normal"), 25 anomalous ("anomaly"); 50 draws, seed 1')
  expect(stdout).toContain("standardised by McClish")
})

test("as CSV and as Markdown", async () => {
  const file = write("forms.csv", "score,label", ...lines(["0", "1"]))
  const csv = (await ifnormal(cwd, "auroc", file, "--csv", "--draws", "50")).stdout.split("\r\n")
  expect(csv[0]).toMatch(/^type,name,value,n,/)
  expect(csv[1]).toContain(`,AuROC,${rank(normal, anomaly)},65,`)
  const { stderr } = await ifnormal(cwd, "auroc", file, "--out", "out.md", "--draws", "50")
  expect(stderr).toContain("Wrote out.md.")
  const markdown = readFileSync(join(cwd, "out.md"), "utf8")
  expect(markdown).toContain(`| AuROC | ${rank(normal, anomaly).toFixed(6)} | `)
  expect(markdown).toContain("| 65 (normal 40, anomaly 25) | exact rank statistic")
})

test("a run's scores.json", async () => {
  const run = write("scores.json", JSON.stringify({ format: 1, normal, anomaly, counterfactual: [] }))
  expect((await metricsOf(run)).metrics[0]).toMatchObject({
    value: expect.closeTo(rank(normal, anomaly), 12),
    n: 65,
  })
})

test("standard input", async () => {
  const bin = fileURLToPath(new URL("../bin/ifnormal.mjs", import.meta.url))
  const child = spawn(process.execPath, [bin, "auroc", "-", "--json", "--draws", "50"], { cwd })
  let stdout = ""
  child.stdout.on("data", (bytes) => (stdout += bytes))
  child.stdin.end(["score,label", ...lines(["0", "1"])].join("\n"))
  expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0)
  expect(JSON.parse(stdout).metrics[0].value).toBeCloseTo(rank(normal, anomaly), 12)
})

test("errors name lines and labels", async () => {
  const nan = await failure(write("nan.csv", "score,label", "1,0", "nan,1"))
  expect(nan).toMatchObject({ exit: 3, code: "score-invalid" })
  expect(nan.message).toContain("Line 3")
  const labels = await failure(write("labels.csv", "score,label", "1,nut", "2,crack"))
  expect(labels).toMatchObject({ exit: 3, code: "label-unknown" })
  expect(labels.message).toContain('"nut", "crack"')
})

test("files and options", async () => {
  expect(await failure("nowhere.csv")).toMatchObject({ exit: 7, code: "not-found" })
  expect(await failure("nowhere.json")).toMatchObject({ exit: 7, code: "not-found" })
  expect(await failure(".")).toMatchObject({ exit: 7, code: "not-a-file" })
  const file = write("two.csv", "score,label", "1,0", "2,1")
  expect(await failure(file, "--positive", "1", "--negative", "0")).toMatchObject({
    exit: 2,
    code: "option-conflict",
  })
  expect(await failure(file, "--max-fpr", "0")).toMatchObject({ exit: 2 })
  const json = await failure(write("bad.json", '{"normal":[1],"anomaly":[null]}'))
  expect(json).toMatchObject({ exit: 3, code: "scores-json" })
  expect(json.message).toContain('has null at position 0 of "anomaly"')
})

test("no engine is loaded", async () => {
  const coverage = join(cwd, "coverage")
  const bin = fileURLToPath(new URL("../bin/ifnormal.mjs", import.meta.url))
  const file = write("engine.csv", "score,label", "1,0", "2,1")
  const child = spawn(process.execPath, [bin, "auroc", file], {
    cwd,
    env: { ...process.env, NODE_V8_COVERAGE: coverage },
  })
  expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0)
  const loaded = readdirSync(coverage).flatMap((name) =>
    JSON.parse(readFileSync(join(coverage, name), "utf8")).result.map(({ url }: { url: string }) => url),
  )
  expect(loaded.filter((url) => url.includes("/metrics/dist/"))).not.toEqual([])
  expect(loaded.filter((url) => /onnxruntime|backend/.test(url))).toEqual([])
})
