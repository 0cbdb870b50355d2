import { expect, test } from "vitest"
import { thrown } from "../../test/fakes.js"
import { parseManifest } from "./manifest.js"

const hash = "a".repeat(64)
const detector = {
  format: 1,
  kind: "detector",
  plugin: "@ifnormal/detectors@0.1.0",
  contract: 1,
  type: "bce",
  options: { width: 16 },
  inputShape: [28, 28, 3],
  seed: 1,
  weights: { file: "weights.safetensors", sha256: hash },
}

test("manifests of detectors and generators pass", () => {
  expect(parseManifest(detector)).toEqual(detector)
  const generator = { ...detector, kind: "generator", detector: hash }
  const training = { steps: 10, batchSize: 4, learningRate: 0.1, seconds: 2, note: "n" }
  expect(parseManifest({ ...generator, training })).toEqual({ ...generator, training })
  const files = { "../models/a b.onnx": { file: "file1-a_b.onnx", sha256: hash } }
  expect(parseManifest({ ...detector, files })).toEqual({ ...detector, files })
})

test.each<[string, unknown, string]>([
  ["nothing", undefined, "content: found nothing"],
  ["another format", { ...detector, format: 2 }, "format: found 2, expected 1"],
  ["an unknown key", { ...detector, optoins: {} }, 'optoins: found the key "optoins"'],
  [
    "a file in another folder",
    { ...detector, weights: { file: "../weights", sha256: hash } },
    "weights.file",
  ],
  [
    "a further file in another folder",
    { ...detector, files: { "a.onnx": { file: "../../a.onnx", sha256: hash } } },
    "files.a.onnx.file",
  ],
  ["an absolute file", { ...detector, weights: { file: "/etc/passwd", sha256: hash } }, "weights.file"],
  ["a short hash", { ...detector, weights: { file: "w", sha256: "abc" } }, "weights.sha256"],
  ["a shape of two", { ...detector, inputShape: [28, 28] }, "inputShape"],
  ["a huge shape", { ...detector, inputShape: [1e9, 1e9, 3] }, "inputShape.0"],
  ["a plugin without version", { ...detector, plugin: "@ifnormal/detectors" }, "plugin"],
  ["a generator without detector", { ...detector, kind: "generator" }, "detector: found nothing"],
])("%s is refused", async (_, value, text) => {
  const error = await thrown(() => parseManifest(value, "manifest.json"))
  expect(error).toMatchObject({ name: "CheckpointError", code: "checkpoint-manifest" })
  expect(error.message).toContain(`manifest.json is not a manifest: ${text}`)
})
