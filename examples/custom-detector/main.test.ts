import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import "@tensorflow/tfjs-backend-cpu"
import { createRegistry, scoreImages } from "@ifnormal/core"
import { loadDetector } from "@ifnormal/core/node"
import { readMnist } from "@ifnormal/datasets"
import { auroc } from "@ifnormal/metrics"
import { detectorChecks, runChecks } from "@ifnormal/testkit"
import { afterAll, describe, expect, test } from "vitest"
import plugin from "./centroid.js"

const here = fileURLToPath(new URL(".", import.meta.url))
const work = mkdtempSync(join(tmpdir(), "ifnormal-custom-"))
const run = join(work, "run")
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

test("the command line trains it, and explains a seven with it", () => {
  ifnormal("train", "detector", "experiment.yaml", "--run", run)
  ifnormal("train", "generator", "experiment.yaml", "--run", run)
  const out = join(work, "out")
  const { images } = ifnormal("explain", "odd.png", "--run", run, "--plugin", "./", "--out", out) as {
    images: { score: number; counterfactuals: { status: string }[] }[]
  }
  expect(images[0]?.score).toBeGreaterThan(0.9)
  expect(images[0]?.counterfactuals.map(({ status }) => status)).toEqual(["valid"])
})

test("the trained detector tells ones from other digits of MNIST's test part", async () => {
  const detector = await loadDetector(join(run, "detector"), createRegistry([plugin]))
  const digits = await readMnist({}).test()
  const { raw } = await scoreImages(digits, detector)
  const [ones, others] = [true, false].map((wanted) =>
    raw.filter((_, i) => (digits.labels[i] === 1) === wanted),
  )
  expect(auroc(ones!, others!)).toBeGreaterThan(0.95)
  detector.dispose()
})
