// The built command line as a user runs it, on a data set and networks so small that all steps take seconds.
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { ifnormal, start, stepsLogged, tinyWorkplace, until, writePng } from "./support.js"

let cwd: string
const inRun = (...parts: string[]) => join(cwd, "runs/tiny", ...parts)
const weights = (run: string) => readFileSync(join(cwd, run, "generator/weights.safetensors"))

beforeAll(async () => {
  cwd = await tinyWorkplace()
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

test("train detector writes a checkpoint, a log and the resolved experiment; the split is shown first", async () => {
  const { code, stdout, stderr } = await ifnormal(cwd, "train", "detector", "tiny.json", "--json")
  expect(stderr).toContain("train normal")
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ run: "runs/tiny", part: "detector", steps: 4 })
  expect(readdirSync(inRun("detector")).sort()).toEqual(["log.jsonl", "manifest.json", "weights.safetensors"])
  expect(JSON.parse(readFileSync(inRun("experiment.json"), "utf8")).setup.validation).toBe(100)
  expect(JSON.parse(readFileSync(inRun("run.json"), "utf8")).backend).toMatchObject({
    name: "ort",
    memory: "fast",
  })
})

test("train generator follows, in the same run", async () => {
  cpSync(inRun(), join(cwd, "runs/killed"), { recursive: true })
  cpSync(inRun(), join(cwd, "runs/stopped"), { recursive: true })
  const { code, stderr, stdout } = await ifnormal(cwd, "train", "generator", "tiny.json", "--save-every", "2")
  expect(stderr).not.toContain("error[")
  expect(code).toBe(0)
  expect(stdout).toContain("ifnormal evaluate runs/tiny")
  expect(JSON.parse(readFileSync(inRun("experiment.json"), "utf8")).explain.eps).toBeGreaterThan(0)
})

test("a training killed in the middle resumes to the same bytes", async () => {
  const run = start(cwd, "train", "generator", "--run", "runs/killed", "--save-every", "2")
  await until(() => stepsLogged(join(cwd, "runs/killed/generator/log.jsonl")) >= 3)
  run.kill("SIGKILL")
  await run.finished
  expect(existsSync(join(cwd, "runs/killed/generator/manifest.json"))).toBe(false)
  const { code, stderr } = await ifnormal(
    cwd,
    "train",
    "generator",
    "--run",
    "runs/killed",
    "--save-every",
    "2",
    "--resume",
  )
  expect(stderr).toMatch(/Going on after step [246] of 8/)
  expect(code).toBe(0)
  expect(weights("runs/killed").equals(weights("runs/tiny"))).toBe(true)
  expect(stepsLogged(join(cwd, "runs/killed/generator/log.jsonl"))).toBe(8)
})

test("Ctrl-C ends after the step with code 130, says how to go on, and resumes to the same bytes", async () => {
  const run = start(cwd, "train", "generator", "--run", "runs/stopped")
  await until(() => stepsLogged(join(cwd, "runs/stopped/generator/log.jsonl")) >= 2)
  run.kill("SIGINT")
  const { code, stdout, stderr } = await run.finished
  expect(code).toBe(130)
  expect(stdout).toBe("")
  expect(stderr).toContain("next: Go on with: ifnormal train generator --run runs/stopped --resume")
  expect((await ifnormal(cwd, "train", "generator", "--run", "runs/stopped", "--resume")).code).toBe(0)
  expect(weights("runs/stopped").equals(weights("runs/tiny"))).toBe(true)
})

test("training again needs --resume or --overwrite; --resume of a finished run does nothing", async () => {
  const again = await ifnormal(cwd, "train", "generator", "--run", "runs/tiny")
  expect(again.code).toBe(2)
  expect(again.stderr).toContain("error[run-exists]")
  const before = weights("runs/tiny")
  const resumed = await ifnormal(cwd, "train", "generator", "--run", "runs/tiny", "--resume", "--json")
  expect(JSON.parse(resumed.stdout).stepsNow).toBe(0)
  expect(weights("runs/tiny").equals(before)).toBe(true)
})

test("explain prints a row per concept and writes PNG files", async () => {
  writePng(join(cwd, "odd.png"))
  const { code, stdout, stderr } = await ifnormal(cwd, "explain", "odd.png", "--run", "runs/tiny")
  expect(stderr).toBe("")
  expect(code).toBe(0)
  expect(stdout).toMatch(/odd\.png +0\.\d+ +1 +0\.\d+/)
  expect(readdirSync(join(cwd, "explanations")).sort()).toEqual([
    "index.json",
    "odd.concept1.png",
    "odd.concept2.png",
  ])
})

test("explain of a folder skips and counts other files; --json is alone on stdout", async () => {
  const { mkdirSync, writeFileSync } = await import("node:fs")
  mkdirSync(join(cwd, "pictures"))
  writePng(join(cwd, "pictures/a.png"))
  writePng(join(cwd, "pictures/b.png"), 40)
  writeFileSync(join(cwd, "pictures/notes.txt"), "not an image")
  const { code, stdout, stderr } = await ifnormal(
    cwd,
    "explain",
    "pictures",
    "--run",
    "runs/tiny",
    "--resize",
    "--backend",
    "cpu",
    "--json",
    "--out",
    "found",
  )
  expect(code).toBe(0)
  expect(stderr).toContain("Skipped 1 file that is no image.")
  expect(stderr).toContain("Resized from 40x40 to 28x28.")
  const result = JSON.parse(stdout)
  expect(result.skipped).toBe(1)
  expect(result.images).toHaveLength(2)
})

test("evaluate writes metrics, scores and explanations, report one HTML file", async () => {
  const evaluated = await ifnormal(
    cwd,
    "evaluate",
    "runs/tiny",
    "--json",
    "--anomalies",
    "20",
    "--gallery",
    "6",
    "--second-detector",
    "runs/killed/detector",
  )
  expect(evaluated.stderr).not.toContain("error[")
  expect(evaluated.code).toBe(0)
  const { metrics, semantics } = JSON.parse(evaluated.stdout)
  const names = metrics.map(({ name }: { name: string }) => name)
  for (const name of [
    "Detector AuROC",
    "AuROC normal vs. CE",
    "Stamped valid",
    "Validity under a second detector",
  ])
    expect(names).toContain(name)
  expect(semantics.rows.map(({ name }: { name: string }) => name)).toContain("all counterfactuals")
  expect(JSON.parse(readFileSync(inRun("scores.json"), "utf8")).anomaly).toHaveLength(20)
  expect(readdirSync(inRun("explanations")).sort()).toEqual(["images.safetensors", "index.json"])

  const reported = await ifnormal(cwd, "report", "runs/tiny")
  expect(reported.code).toBe(0)
  expect(readFileSync(inRun("report.html"), "utf8")).toContain("<html")
})

test("demo explains with a model folder and writes the report", async () => {
  const { code, stdout, stderr } = await ifnormal(
    cwd,
    "demo",
    "--model",
    "runs/tiny",
    "--anomalies",
    "12",
    "--out",
    "runs/demo",
  )
  expect(stderr).not.toContain("error[")
  expect(code).toBe(0)
  expect(stdout).toContain("12 of ")
  expect(stdout).toContain("Report: runs/demo/report.html")
})

test("demo --train trains both parts, prints quality against wall-clock, and resumes as finished", async () => {
  const args = ["demo", "--train", "--config", "tiny.json", "--anomalies", "12", "--json"]
  const { code, stdout, stderr } = await ifnormal(cwd, ...args)
  expect(stderr).toContain("Plan: generator")
  expect(code).toBe(0)
  const { curve, report } = JSON.parse(stdout)
  expect(curve.map(({ step }: { step: number }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(existsSync(join(cwd, report))).toBe(true)
  const resumed = JSON.parse((await ifnormal(cwd, ...args, "--resume")).stdout)
  expect(resumed.curve).toEqual(curve)
})
