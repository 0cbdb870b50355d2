import "@tensorflow/tfjs-backend-cpu"
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import * as tf from "@tensorflow/tfjs-core"
import { afterEach, beforeEach, expect, test } from "vitest"
import { fakes, thrown } from "../../test/fakes.js"
import { temporaryFolder } from "../../test/folder.js"
import type { Manifest } from "../checkpoint/manifest.js"
import type { Detector } from "../contract/detector.js"
import type { CounterfactualGenerator } from "../contract/generator.js"
import { createDetector, createGenerator, createRegistry } from "../experiment/registry.js"
import { loadDetector, loadGenerator, loadManifest, loadRun, saveModel } from "./models.js"

const path = temporaryFolder()
const registry = createRegistry([fakes])
let detector: Detector
let generator: CounterfactualGenerator
let before: number

beforeEach(async () => {
  before = tf.memory().numTensors
  detector = await createDetector(
    registry,
    { type: "mean", options: { width: 3 } },
    { inputShape: [2, 2, 1], seed: 1 },
  )
  tf.tidy(() => detector.variables.offset?.assign(tf.scalar(0.1)))
  generator = await createGenerator(registry, { type: "table" }, { detector, seed: 1 })
  await saveModel(path("detector"), detector, { plugin: fakes, type: "mean", options: { width: 3 }, seed: 1 })
  const training = { steps: 10, batchSize: 4, learningRate: 0.1, seconds: 1 }
  await saveModel(path("generator"), generator, { plugin: fakes, type: "table", seed: 1, detector, training })
})
afterEach(() => {
  detector.dispose()
  generator.dispose()
  expect(tf.memory().numTensors).toBe(before)
})

function edit(kind: "detector" | "generator", change: Partial<Record<keyof Manifest, unknown>>): void {
  const file = path(kind, "manifest.json")
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...change }))
}
const refuseDetector = () => thrown(() => loadDetector(path("detector"), registry))

test("a run is loaded with the weights it was saved with", async () => {
  const run = await loadRun(path(), registry)
  expect([...run.detector.variables.offset!.dataSync()]).toEqual([Math.fround(0.1)])
  expect(run.detector.variables.gain?.shape).toEqual([3])
  expect(run.generator.concepts).toBe(2)
  run.detector.dispose()
  run.generator.dispose()
})

test("the manifest says what made the weights", async () => {
  const { sha256 } = (await loadManifest(path("detector"))).weights
  expect(await loadManifest(path("generator"))).toEqual({
    format: 1,
    kind: "generator",
    plugin: "@ifnormal/fakes@1.2.3",
    contract: 1,
    type: "table",
    options: {},
    inputShape: [2, 2, 1],
    seed: 1,
    weights: { file: "weights.safetensors", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    detector: sha256,
    training: { steps: 10, batchSize: 4, learningRate: 0.1, seconds: 1 },
  })
})

test("missing files are named", async () => {
  expect(await thrown(() => loadDetector(path("none"), registry))).toMatchObject({
    name: "CheckpointError",
    code: "checkpoint-missing",
    message: expect.stringContaining(path("none", "manifest.json")),
  })
  rmSync(path("detector", "weights.safetensors"))
  expect(await refuseDetector()).toMatchObject({ code: "checkpoint-missing" })
})

test("a manifest that is no JSON or no manifest is refused", async () => {
  writeFileSync(path("detector", "manifest.json"), "{")
  expect(await refuseDetector()).toMatchObject({ code: "checkpoint-manifest" })
  writeFileSync(path("detector", "manifest.json"), "{}")
  expect(await refuseDetector()).toMatchObject({ code: "checkpoint-manifest" })
})

test("changed or cut weights have a wrong hash", async () => {
  const file = path("detector", "weights.safetensors")
  const bytes = readFileSync(file)
  bytes[bytes.length - 1]! ^= 1
  for (const wrong of [bytes, bytes.subarray(0, 20), Buffer.alloc(0)]) {
    writeFileSync(file, wrong)
    const error = await refuseDetector()
    expect(error).toMatchObject({ name: "CheckpointError", code: "checkpoint-hash" })
    expect(error.message).toMatch(/sha256 [0-9a-f]{64}, expected [0-9a-f]{64}/)
  }
})

test("options that give other shapes are refused", async () => {
  edit("detector", { options: { width: 4 } })
  expect(await refuseDetector()).toMatchObject({
    code: "checkpoint-shape",
    message: expect.stringContaining('"gain" found as float32 [3], expected float32 [4]'),
  })
  edit("detector", { options: { depth: 4 } })
  expect(await refuseDetector()).toMatchObject({ code: "checkpoint-options" })
})

test("a plugin, contract or type that is not there is refused", async () => {
  const none = await thrown(() => loadDetector(path("detector"), createRegistry([])))
  expect(none).toMatchObject({ code: "checkpoint-plugin" })
  expect(none.next).toContain("never loads code")
  edit("detector", { type: "gone" })
  expect(await refuseDetector()).toMatchObject({ code: "checkpoint-plugin" })
  edit("detector", { type: "mean", contract: 2 })
  expect(await refuseDetector()).toMatchObject({ code: "checkpoint-plugin" })
})

test.each([
  ["the same", "1.2.3"],
  ["another patch", "1.2.9"],
  ["an older minor", "1.0.0"],
])("a checkpoint of %s version of the plugin is loaded", async (_, version) => {
  edit("detector", { plugin: `@ifnormal/fakes@${version}` })
  ;(await loadDetector(path("detector"), registry)).dispose()
})

test.each([
  ["a newer minor", "1.3.0", "an older version may not know what the newer one wrote"],
  ["a newer major", "2.0.0", "another major version may read the weights in another way"],
  ["an older major", "0.9.0", "another major version may read the weights in another way"],
  ["a nameless", "next", "the versions have to be equal, because they are not of the form 1.2.3"],
])("a checkpoint of %s version of the plugin is refused", async (_, version, why) => {
  edit("detector", { plugin: `@ifnormal/fakes@${version}` })
  expect(await refuseDetector()).toMatchObject({
    code: "checkpoint-plugin",
    message: `${path("detector")} was written by @ifnormal/fakes@${version}, found @ifnormal/fakes@1.2.3: ${why}.`,
    next: `Install @ifnormal/fakes@${version}, or train again with the installed version.`,
  })
})

test("a checkpoint does not load into another plugin that brings the same type", async () => {
  const other = createRegistry([{ ...fakes, name: "other" }])
  expect(await thrown(() => loadDetector(path("detector"), other))).toMatchObject({
    code: "checkpoint-plugin",
    message: `${path("detector")} needs the plugin @ifnormal/fakes@1.2.3, found other.`,
  })
})

test("detector and generator that do not belong together are refused", async () => {
  tf.tidy(() => detector.variables.offset?.assign(tf.scalar(0.2)))
  const error = await thrown(() => loadGenerator(path("generator"), registry, detector))
  expect(error).toMatchObject({ name: "CheckpointError", code: "checkpoint-detector" })
  await saveModel(path("detector"), detector, { plugin: fakes, type: "mean", options: { width: 3 }, seed: 2 })
  expect(await thrown(() => loadRun(path(), registry))).toMatchObject({ code: "checkpoint-detector" })
})

test("a generator's folder is no detector's, and the other way round", async () => {
  expect(await thrown(() => loadDetector(path("generator"), registry))).toMatchObject({
    code: "checkpoint-kind",
  })
  expect(await thrown(() => loadGenerator(path("detector"), registry, detector))).toMatchObject({
    code: "checkpoint-kind",
  })
})

test("an unwritable folder is refused and leaves nothing", async () => {
  writeFileSync(path("file"), "")
  const info = { plugin: fakes, type: "mean", seed: 1 }
  expect(await thrown(() => saveModel(path("file", "detector"), detector, info))).toMatchObject({
    name: "FileError",
    code: "not-writable",
  })
  mkdirSync(path("half", "weights.safetensors"), { recursive: true })
  await thrown(() => saveModel(path("half"), detector, info))
  expect(existsSync(path("half", "manifest.json"))).toBe(false)
})
