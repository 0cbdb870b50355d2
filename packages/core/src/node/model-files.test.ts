import "@tensorflow/tfjs-backend-cpu"
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { afterEach, beforeEach, expect, test } from "vitest"
import { z } from "zod"
import { MeanDetector, thrown } from "../../test/fakes.js"
import { temporaryFolder } from "../../test/folder.js"
import type { Detector } from "../contract/detector.js"
import { FileError } from "../contract/errors.js"
import { definePlugin, detector } from "../contract/plugin.js"
import { createDetector, createRegistry } from "../experiment/registry.js"
import { loadDetector, loadManifest, saveModel } from "./models.js"

/** Made of two files of its own beside its variables. */
class FileDetector extends MeanDetector {
  constructor(override readonly files: Readonly<Record<string, Uint8Array>>) {
    super()
  }
}
const filesPlugin = definePlugin({
  name: "@ifnormal/files",
  version: "1.0.0",
  contract: 1,
  detectors: {
    files: detector({
      options: z.strictObject({ paths: z.array(z.string()) }),
      async create({ paths }, { readFile }) {
        const read = async (path: string) => [path, await readFile!(path)] as const
        return new FileDetector(Object.fromEntries(await Promise.all(paths.map(read))))
      },
    }),
  },
})
const disk: Record<string, Uint8Array> = {
  "../my models/net.onnx": Uint8Array.of(1, 2, 3),
  "/abs/net.onnx": Uint8Array.of(4),
}
const reads: string[] = []
const registry = createRegistry([filesPlugin], {
  async readFile(path) {
    reads.push(path)
    if (!Object.hasOwn(disk, path)) throw new FileError({ code: "not-found", message: path, next: "" })
    return disk[path]!
  },
})
const options = { paths: Object.keys(disk) }
const path = temporaryFolder()
let made: Detector

beforeEach(async () => {
  made = await createDetector(registry, { type: "files", options }, { inputShape: [2, 2, 1], seed: 1 })
  await saveModel(path("d"), made, { plugin: filesPlugin, type: "files", options, seed: 1 })
  reads.length = 0
})
afterEach(() => made.dispose())

const edit = (change: object) => {
  const file = path("d", "manifest.json")
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...change }))
}

test("a detector's files are stored under plain names and come back without the originals", async () => {
  expect(readdirSync(path("d")).sort()).toEqual([
    "file1-net.onnx",
    "file2-net.onnx",
    "manifest.json",
    "weights.safetensors",
  ])
  const { files } = await loadManifest(path("d"))
  expect(files).toEqual({
    "../my models/net.onnx": {
      file: "file1-net.onnx",
      sha256: "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81",
    },
    "/abs/net.onnx": { file: "file2-net.onnx", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
  })
  const loaded = await loadDetector(path("d"), registry)
  expect(loaded.files).toEqual(disk)
  expect(reads).toEqual([])
  loaded.dispose()
})

test("a changed file is refused by its hash, a missing one by its name", async () => {
  writeFileSync(path("d", "file1-net.onnx"), "other")
  expect(await thrown(() => loadDetector(path("d"), registry))).toMatchObject({
    name: "CheckpointError",
    code: "checkpoint-hash",
    message: expect.stringContaining("file1-net.onnx has sha256"),
  })
  rmSync(path("d", "file1-net.onnx"))
  expect(await thrown(() => loadDetector(path("d"), registry))).toMatchObject({
    code: "checkpoint-missing",
    message: expect.stringContaining("file1-net.onnx"),
  })
})

test("a manifest never reads outside its folder", async () => {
  edit({ options: { paths: ["/etc/hostname"] } })
  expect(await thrown(() => loadDetector(path("d"), registry))).toMatchObject({ code: "checkpoint-file" })
  for (const file of ["../secret", "/etc/hostname", "a/b", ".hidden"]) {
    edit({ files: { a: { file, sha256: "a".repeat(64) } } })
    expect(await thrown(() => loadDetector(path("d"), registry))).toMatchObject({
      code: "checkpoint-manifest",
    })
  }
  expect(reads).toEqual([])
})
