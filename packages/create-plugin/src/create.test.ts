import { spawnSync } from "node:child_process"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import "@tensorflow/tfjs-backend-cpu"
import { detectorChecks, generatorChecks, metricChecks, runChecks } from "@ifnormal/testkit"
import * as tf from "@tensorflow/tfjs-core"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import packageJson from "../package.json" with { type: "json" }
import detector from "../templates/detector/src/index.ts"
import generator from "../templates/generator/src/index.ts"
import metric from "../templates/metric/src/index.ts"
import { createPlugin, TEMPLATES, type Template } from "./index.js"

const root = mkdtempSync(join(tmpdir(), "create-ifnormal-plugin-"))
let cwd: string
beforeAll(() => tf.setBackend("cpu"))
beforeEach(() => {
  cwd = mkdtempSync(join(root, "w-"))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const inputShape = [8, 8, 3] as const
describe("the detector template keeps every promise", () =>
  runChecks(test, detectorChecks(detector, "example", { inputShape, calls: 20 })))
describe("the generator template keeps every promise", () =>
  runChecks(test, generatorChecks(generator, "example", { inputShape, calls: 20 })))
describe("the metric template keeps every promise", () =>
  runChecks(test, metricChecks(metric, "example", { inputShape, calls: 20 })))

/** All files of a folder, by path. */
function filesOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  const paths = entries.map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, "utf8")]))
}

test.each(TEMPLATES)("template %s is copied whole, under its new name", async (template) => {
  const created = await createPlugin(join(cwd, "new/fine-cracks"), template)
  expect(created).toEqual({ name: "ifnormal-plugin-fine-cracks", type: "fine-cracks" })
  const files = filesOf(join(cwd, "new/fine-cracks"))
  expect(Object.keys(files).sort()).toEqual([
    ".gitignore",
    "README.md",
    "experiment.yaml",
    "package.json",
    "src/index.ts",
    "test/index.test.ts",
    "tsconfig.json",
  ])
  for (const [path, text] of Object.entries(files))
    expect(text, path).not.toMatch(/example|Example|\^0\.0\.0/)
  expect(JSON.parse(files["package.json"]!)).toMatchObject({
    name: "ifnormal-plugin-fine-cracks",
    keywords: ["ifnormal-plugin"],
    peerDependencies: { "@ifnormal/core": `^${packageJson.version}` },
  })
  const code = files["src/index.ts"]!
  expect(code).toContain(`class FineCracks${template[0]!.toUpperCase()}${template.slice(1)} extends`)
  expect(code).toContain(`${template}s: { "fine-cracks": entry }`)
  expect(code).toContain('name: "ifnormal-plugin-fine-cracks", version: "0.1.0"')
  expect(code.trimEnd().split("\n").length).toBeLessThanOrEqual(40)
  expect(files["experiment.yaml"]).toContain("fine-cracks")
  expect(readdirSync(join(cwd, "new"))).toEqual(["fine-cracks"])
  expect(statSync(join(cwd, "new/fine-cracks")).mode).toBe(statSync(join(cwd, "new")).mode)
})

test("an empty folder, or one with .git, is filled in place", async () => {
  mkdirSync(join(cwd, "ifnormal-plugin-dents/.git"), { recursive: true })
  const created = await createPlugin(join(cwd, "ifnormal-plugin-dents"), "metric")
  expect(created).toEqual({ name: "ifnormal-plugin-dents", type: "dents" })
  expect(filesOf(join(cwd, "ifnormal-plugin-dents"))["src/index.ts"]).toContain("{ dents: entry }")
  expect(readdirSync(cwd)).toEqual(["ifnormal-plugin-dents"])
})

test.each([
  ["template-unknown", "fine", "detektor", /"detektor", expected one of detector, generator, metric/],
  ["name-invalid", "Fine Cracks", "detector", /"Fine Cracks"/],
  ["name-invalid", "2d", "detector", /"2d"/],
  ["folder-not-empty", "full", "detector", /holds mine\.txt, expected/],
  ["folder-not-empty", "full/mine", "detector", /holds a file, expected/],
])("%s is refused and nothing is written", async (code, folder, template, message) => {
  mkdirSync(join(cwd, "full"))
  writeFileSync(join(cwd, "full/mine.txt"), "")
  writeFileSync(join(cwd, "full/mine"), "")
  rmSync(join(cwd, folder === "full" ? "full/mine" : "full/mine.txt"))
  const before = readdirSync(cwd, { recursive: true })
  await expect(createPlugin(join(cwd, folder), template as Template)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
    next: expect.stringMatching(/./),
  })
  expect(readdirSync(cwd, { recursive: true })).toEqual(before)
})

/** The built program, without a terminal. */
function program(...args: string[]) {
  const bin = fileURLToPath(new URL("../bin/create-ifnormal-plugin.mjs", import.meta.url))
  return spawnSync(process.execPath, [bin, ...args], { cwd, encoding: "utf8" })
}

test("the program creates, says what comes next, and asks nothing without a terminal", () => {
  const { status, stdout } = program("cracks", "--template", "generator")
  expect(status).toBe(0)
  expect(stdout).toContain("cd cracks\n  npm install\n  npm test")
  expect(existsSync(join(cwd, "cracks/package.json"))).toBe(true)
  expect(program("dents").stdout).toContain('detector "dents"')
  expect(program("--help").stdout).toContain("npm create ifnormal-plugin <folder>")
})

test.each([
  [[], "error[folder-missing]"],
  [["a", "b"], "error[folder-many]"],
  [["a", "--tempalte", "metric"], "error[ERR_PARSE_ARGS_UNKNOWN_OPTION]"],
  [["a", "-t", "none"], "error[template-unknown]"],
])("the program refuses %j in two lines", (args, message) => {
  const { status, stderr } = program(...args)
  expect(status).toBe(2)
  expect(stderr).toContain(message)
  expect(stderr.trimEnd().split("\n")).toHaveLength(2)
  expect(readdirSync(cwd)).toEqual([])
})
