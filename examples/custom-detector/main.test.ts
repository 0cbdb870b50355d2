import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import "@tensorflow/tfjs-backend-cpu"
import type { MetricsFile } from "@ifnormal/core"
import { detectorChecks, runChecks } from "@ifnormal/testkit"
import { afterAll, describe, expect, test } from "vitest"
import plugin from "./centroid.js"

const here = fileURLToPath(new URL(".", import.meta.url))
const work = mkdtempSync(join(tmpdir(), "ifnormal-custom-"))
afterAll(() => rmSync(work, { recursive: true, force: true }))

describe("the detector keeps every promise of the contract", () =>
  runChecks(test, detectorChecks(plugin, "centroid", { inputShape: [28, 28, 1] })))

test("the whole plugin has at most 40 lines, and the guide shows it", () => {
  const code = readFileSync(join(here, "centroid.ts"), "utf8")
  expect(code.trimEnd().split("\n").length).toBeLessThanOrEqual(40)
  expect(readFileSync(join(here, "../../docs/guide/write-a-detector.md"), "utf8")).toContain(code)
})

/** Runs the command line from this folder, on the files of the README. */
function ifnormal(...args: string[]): unknown {
  const bin = join(
    dirname(createRequire(import.meta.url).resolve("ifnormal/package.json")),
    "bin/ifnormal.mjs",
  )
  const stdout = execFileSync(process.execPath, [bin, ...args, "--json", "--quiet", "--threads", "1"], {
    cwd: here,
    env: { ...process.env, IFNORMAL_CACHE: join(work, "cache") },
    encoding: "utf8",
  })
  return JSON.parse(stdout)
}

test("the command line trains, measures and explains with it", () => {
  const run = join(work, "run")
  ifnormal("train", "detector", "experiment.yaml", "--run", run)
  ifnormal("train", "generator", "experiment.yaml", "--run", run)
  const { metrics } = ifnormal("evaluate", run, "--plugin", "./", "--anomalies", "100") as MetricsFile
  const auroc = metrics.find(({ name }) => name === "Detector AuROC")!
  expect(auroc.value).toBeGreaterThan(0.9)
  const out = join(work, "out")
  const { images } = ifnormal("explain", "odd.png", "--run", run, "--plugin", "./", "--out", out) as {
    images: { score: number; counterfactuals: { score: number }[] }[]
  }
  const [{ score, counterfactuals }] = images as [(typeof images)[0]]
  expect(score).toBeGreaterThan(0.9)
  expect(counterfactuals).toHaveLength(2)
  for (const counterfactual of counterfactuals) expect(counterfactual.score).toBeLessThan(score)
})
