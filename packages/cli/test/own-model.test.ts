// A model of one's own from the command line: `ifnormal export` writes a detector as ONNX, which then is explained.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { ifnormal, tinyExperiment, tinyWorkplace, writePng } from "./support.js"

let cwd: string
const path = (...parts: string[]) => join(cwd, ...parts)
const json = (...parts: string[]) => JSON.parse(readFileSync(path(...parts), "utf8"))
async function run(...args: string[]) {
  const finished = await ifnormal(cwd, ...args, "--threads", "1")
  if (finished.code !== 0) throw new Error(finished.stderr)
  return finished
}
const experiment = (detector: object) => ({ ...tinyExperiment(), name: "own", detector })

beforeAll(async () => {
  cwd = await tinyWorkplace()
  await run("train", "detector", "tiny.json")
  await run("export", "runs/tiny")
  mkdirSync(path("configs"))
  renameSync(path("runs/tiny/export/detector.onnx"), path("configs/model.onnx"))
  const own = experiment({ onnx: "./model.onnx", output: "raw_score", bound: { threshold: 0, scale: 1 } })
  writeFileSync(path("configs/own.json"), JSON.stringify(own))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

test("the model is read beside the config, stored in the run, and trained against, evaluated and explained from there", async () => {
  await run("train", "detector", "configs/own.json")
  const { type, options, files } = json("runs/own/detector/manifest.json")
  expect({ type, model: options.model }).toEqual({ type: "onnx", model: "./model.onnx" })
  expect(Object.keys(files)).toEqual(["./model.onnx"])
  rmSync(path("configs/model.onnx"))

  await run("train", "generator", "--run", "runs/own")
  await run("evaluate", "runs/own")
  expect(json("runs/own/metrics.json").metrics.length).toBeGreaterThan(0)

  writePng(path("odd.png"))
  const { stdout } = await run("explain", "odd.png", "--run", "runs/own", "--json")
  const [image] = JSON.parse(stdout).images
  expect(image.score).toBeGreaterThan(0)
  expect(image.counterfactuals).toHaveLength(2)

  const exported = JSON.parse((await run("export", "runs/own", "--json")).stdout)
  expect(exported.files.map(({ part }: { part: string }) => part)).toEqual(["detector", "generator"])
})

test("a model that was changed in the run is refused", async () => {
  const file = path("runs/own/detector", json("runs/own/detector/manifest.json").files["./model.onnx"].file)
  writeFileSync(file, "changed")
  const { code, stderr } = await ifnormal(cwd, "evaluate", "runs/own")
  expect(code).not.toBe(0)
  expect(stderr).toContain("checkpoint-hash")
})

test("a model that is not there is named with its path", async () => {
  writeFileSync(path("none.json"), JSON.stringify({ ...experiment({ onnx: "./none.onnx" }), name: "none" }))
  const { code, stderr } = await ifnormal(cwd, "train", "detector", "none.json")
  expect(code).not.toBe(0)
  expect(stderr).toContain(path("none.onnx"))
})
