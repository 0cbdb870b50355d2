// Numbers of evaluated runs as a user gets them: chosen metrics, tables, comparisons, means over seeds.
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { ifnormal, start, tinyExperiment, tinyWorkplace, until } from "./support.js"

let cwd: string
const path = (...parts: string[]) => join(cwd, ...parts)
const read = (...parts: string[]) => JSON.parse(readFileSync(path(...parts), "utf8"))
const write = (value: unknown, ...parts: string[]) => writeFileSync(path(...parts), JSON.stringify(value))

/** Runs a command that has to fail; returns its exit code and the error object of stderr. */
async function failure(...args: string[]) {
  const { code, stdout, stderr } = await ifnormal(cwd, ...args, "--json", "--quiet")
  expect(stdout).toBe("")
  const { error } = JSON.parse(stderr.trim().split("\n").at(-1)!)
  expect(error.next).not.toBe("")
  return { exit: code, ...error } as { exit: number; code: string; message: string; next: string }
}

beforeAll(async () => {
  cwd = await tinyWorkplace()
  const experiment = tinyExperiment()
  Object.assign(experiment.detector, { type: "hsc" })
  write(experiment, "hsc.json")
  const train = async (config: string, run: string) => {
    await ifnormal(cwd, "train", "detector", config, "--run", run)
    await ifnormal(cwd, "train", "generator", config, "--run", run)
  }
  await Promise.all([train("tiny.json", "runs/a"), train("hsc.json", "runs/b")])
  await Promise.all(
    ["runs/a", "runs/b"].map((run) =>
      ifnormal(cwd, "evaluate", run, "--anomalies", "20", "--draws", "50", "--gallery", "3"),
    ),
  )
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

test("every row says how it was computed", () => {
  const { metrics } = read("runs/a/metrics.json")
  expect(metrics.length).toBeGreaterThan(25)
  for (const row of metrics) {
    expect(row.type).not.toBe("")
    expect(row.n > 0 || row.skipped !== undefined).toBe(true)
    if (row.skipped === undefined) expect(row.recipe, row.name).toMatch(/\w/)
    if (row.draws !== undefined) expect(row).toMatchObject({ draws: 50, seed: 1, level: 0.95 })
  }
  const auroc = metrics.find(({ name }: { name: string }) => name === "AuROC normal vs. CE")
  expect(auroc).toMatchObject({ type: "counterfactual-auroc", counts: { counterfactual: 40 }, draws: 50 })
  const types = metrics.map(({ type }: { type: string }) => type)
  for (const type of ["influence", "distinctness", "changed-area", "ssim", "fid-n", "kid"])
    expect(types).toContain(type)
})

test("values.json has a number per test image, the same images for both detectors", () => {
  const [a, b] = [read("runs/a/values.json"), read("runs/b/values.json")]
  expect(a.images).toEqual(b.images)
  expect(a.images.anomaly).toMatchObject({ n: 20, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
  expect(a.scores.counterfactual.map((list: number[]) => list.length)).toEqual([20, 20])
  const l1 = a.metrics.find(({ type }: { type: string }) => type === "l1")
  expect(l1.values).toHaveLength(20)
  const row = read("runs/a/metrics.json").metrics.find(({ type }: { type: string }) => type === "l1")
  const mean = l1.values.reduce((sum: number, value: number) => sum + value, 0) / 20
  expect(mean).toBeCloseTo(row.value, 7)
})

test("named metrics come as CSV, with options; the others stay in metrics.json; the report knows all", async () => {
  const before = read("runs/a/metrics.json").metrics
  const { code, stdout, stderr } = await ifnormal(
    cwd,
    ...["evaluate", "runs/a", "--metrics", "l1,stability:measure=mse,nearest-normal,fid", "--csv"],
    ...["--anomalies", "20", "--gallery", "3", "--draws", "30", "--seed", "5"],
  )
  expect(stderr).not.toContain("error[")
  expect(code).toBe(0)
  const lines = stdout.trimEnd().split("\r\n")
  expect(lines[0]).toMatch(
    /^type,name,value,n,unit,interval_low,interval_high,level,draws,seed,counts,recipe/,
  )
  // FID of fewer than 2048 images brings KID, under the same extractor.
  expect(lines.slice(1).map((line) => line.split(",")[0])).toEqual([
    "l1",
    "kid",
    "fid",
    "stability",
    "nearest-normal",
  ])
  const { metrics } = read("runs/a/metrics.json")
  const l1 = metrics.find(({ type }: { type: string }) => type === "l1")
  expect(lines[1]).toContain(`${l1.value},40,distance,${l1.interval.join(",")},0.95,30,5,`)
  const kept = metrics.find(({ type }: { type: string }) => type === "ssim")
  expect(kept).toEqual(before.find(({ type }: { type: string }) => type === "ssim"))
  expect(metrics.length).toBe(before.length + 3)
  expect((await ifnormal(cwd, "report", "runs/a")).code).toBe(0)
  expect(/95\u202f% interval, 30 draws, seed 5/.test(readFileSync(path("runs/a/report.html"), "utf8"))).toBe(
    true,
  )
})

test("compare redraws the same images for both, and writes Markdown to a file", async () => {
  const args = ["compare", "runs/a", "runs/b", "--metrics", "detector-auroc,l1,score-error,influence"]
  const { rows } = JSON.parse((await ifnormal(cwd, ...args, "--json", "--draws", "40")).stdout)
  const names = rows.map(({ name }: { name: string }) => name)
  expect(names).toEqual(["Detector AuROC", "Score error", "L1 anomaly to CE", "Influence, Pearson"])
  for (const row of rows.slice(0, 3)) {
    expect(row.difference).toBeCloseTo(row.b - row.a, 12)
    expect(row.interval[0]).toBeLessThanOrEqual(row.difference)
    expect(row.interval[1]).toBeGreaterThanOrEqual(row.difference)
    expect(row).toMatchObject({ draws: 40, seed: 1, level: 0.95 })
  }
  expect(rows[2].n).toBe(20)
  expect(rows[3].unpaired).toContain("no value per image")
  const written = await ifnormal(cwd, ...args, "--out", "tables/compared.md")
  expect(written.stdout).toBe("")
  expect(written.stderr).toContain("Wrote tables/compared.md.")
  const table = readFileSync(path("tables/compared.md"), "utf8")
  expect(table).toMatch(/^A: runs\/a {2}\nB: runs\/b\n\n\| metric \| A \| B \| B - A \| interval \|/)
  const swapped = JSON.parse((await ifnormal(cwd, "compare", "runs/b", "runs/a", "--json")).stdout)
  const l1 = swapped.rows.find(({ type }: { type: string }) => type === "l1")
  expect(l1.difference).toBeCloseTo(-rows[2].difference, 12)
})

test("a share that all images hit has another interval, and is compared nevertheless", async () => {
  cpSync(path("runs/b"), path("runs/even"), { recursive: true })
  const file = read("runs/even/metrics.json")
  const metrics = file.metrics.map((row: { type: string; recipe: string }) =>
    row.type === "validity"
      ? { ...row, recipe: `${row.recipe.replace(/; interval.*/, "")}; interval: another` }
      : row,
  )
  write({ ...file, metrics }, "runs/even/metrics.json")
  const args = ["compare", "runs/b", "runs/even", "--metrics", "validity", "--json"]
  const { rows } = JSON.parse((await ifnormal(cwd, ...args)).stdout)
  expect(rows[0]).toMatchObject({ difference: 0, n: 20 })
  expect(rows[0].unpaired).toBeUndefined()
})

test("summarize needs three seeds for a mean; setups are pooled beside", async () => {
  const args = ["--metrics", "detector-auroc", "--json"]
  const copy = (seed: number, value: number, normal?: unknown[]) => {
    const run = `runs/copy${seed}${normal ? "-other" : ""}`
    cpSync(path("runs/a"), path(run), { recursive: true })
    const experiment = read(run, "experiment.json")
    write(
      { ...experiment, seed, setup: { ...experiment.setup, ...(normal && { normal }) } },
      run,
      "experiment.json",
    )
    const file = read(run, "metrics.json")
    const row = file.metrics.find(({ type }: { type: string }) => type === "detector-auroc")
    write(
      { ...file, metrics: [{ ...row, value, paper: { value: 0.97, source: "Table 9" } }] },
      run,
      "metrics.json",
    )
    return run
  }
  const runs = [copy(11, 0.9), copy(12, 0.95)]
  const two = JSON.parse((await ifnormal(cwd, "summarize", ...runs, ...args)).stdout).rows
  expect(two).toMatchObject([
    { mean: null, std: null, n: 2, skipped: "A mean needs 3 runs or more, found 2." },
  ])
  runs.push(copy(13, 1), copy(11, 0.8, ["two"]))
  const { rows } = JSON.parse((await ifnormal(cwd, "summarize", ...runs, ...args)).stdout)
  expect(rows).toMatchObject([
    { normal: "one, or color cyan", n: 3, seeds: [11, 12, 13], paper: { value: 0.97 } },
    { normal: "two", n: 1, mean: null },
    { normal: "all setups", n: 4 },
  ])
  expect(rows[0].mean).toBeCloseTo(0.95, 12)
  expect(rows[0].std).toBeCloseTo(0.05, 12)
  const text = await ifnormal(cwd, "summarize", ...runs, "--md")
  expect(text.stdout).toMatch(/\| Detector AuROC \| 95\.0 % \+- 5\.0 \| 3 \| \d+ \| 97\.0 % \|/)
  expect(await failure("summarize", ...runs, runs[0]!)).toMatchObject({ exit: 2, code: "runs-repeat" })
})

test("bad input has a code, what was found and what to do", async () => {
  const unknown = await failure("evaluate", "runs/a", "--metrics", "detector-auruc")
  expect(unknown).toMatchObject({ exit: 2, code: "plugin-unknown-type" })
  expect(unknown.message).toContain('Did you mean "detector-auroc"?')
  expect(await failure("evaluate", "runs/a", "--metrics", " , ")).toMatchObject({
    exit: 2,
    code: "metrics-empty",
  })
  expect(await failure("evaluate", "runs/a", "--metrics", "l1:alpha")).toMatchObject({
    code: "metrics-option",
  })
  const option = await failure("evaluate", "runs/a", "--metrics", "l1:alfa=1", "--anomalies", "2")
  expect(option).toMatchObject({ exit: 2, code: "config-unknown-key" })
  const weights = await failure(
    "evaluate",
    "runs/a",
    "--metrics",
    "fid:extractor=inception",
    "--anomalies",
    "2",
  )
  expect(weights).toMatchObject({ exit: 4, code: "weights-missing" })
  expect(weights.next).toContain("ifnormal weights fetch inception")
  expect(await failure("compare", "runs/a", "runs/nowhere")).toMatchObject({ exit: 7, code: "not-found" })
  const out = await ifnormal(cwd, "compare", "runs/a", "runs/b", "--out", "table.xlsx")
  expect(out).toMatchObject({ code: 2, stdout: "" })
  expect(out.stderr).toContain("error[format-unknown]")
  const both = await ifnormal(cwd, "compare", "runs/a", "runs/b", "--csv", "--md")
  expect(both.stderr).toContain("error[option-conflict]: Found --csv and --md")
  expect(await failure("compare", "runs/a", "runs/b", "--metrics", "ynn")).toMatchObject({
    code: "metrics-unmeasured",
  })

  cpSync(path("runs/b"), path("runs/c"), { recursive: true })
  const values = read("runs/c/values.json")
  write({ ...values, images: { ...values.images, anomaly: { n: 19, sha256: "0" } } }, "runs/c/values.json")
  const other = await failure("compare", "runs/a", "runs/c")
  expect(other).toMatchObject({ exit: 3, code: "runs-differ" })
  expect(other.message).toContain("the number of test anomalies (20 against 19)")
  write({ ...values, format: 2 }, "runs/c/values.json")
  expect(await failure("compare", "runs/a", "runs/c")).toMatchObject({ exit: 7, code: "run-file-format" })
  rmSync(path("runs/c/values.json"))
  expect(await failure("compare", "runs/a", "runs/c")).toMatchObject({ exit: 7, code: "run-not-evaluated" })
  writeFileSync(path("runs/c/metrics.json"), "{")
  expect(await failure("summarize", "runs/c")).toMatchObject({ exit: 7, code: "not-json" })
})

test("Ctrl-C ends an evaluation with code 130 and leaves the files of the last one", async () => {
  const before = readFileSync(path("runs/b/metrics.json"))
  const run = start(cwd, "evaluate", "runs/b", "--draws", "1000000", "--metrics", "l1,l2,mse,detector-auroc")
  let finished = false
  const done = run.finished.finally(() => {
    finished = true
  })
  await until(() => finished || run.stderr().includes("colored-mnist"))
  run.kill("SIGINT")
  const { code, stderr } = await done
  expect(stderr).toContain("error[stopped]")
  expect(code).toBe(130)
  expect(readFileSync(path("runs/b/metrics.json")).equals(before)).toBe(true)
  expect(existsSync(path("runs/b/metrics.json"))).toBe(true)
})
