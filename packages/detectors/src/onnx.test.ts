import "@tensorflow/tfjs-backend-cpu"
import { readFileSync } from "node:fs"
import { sessionRunner } from "@ifnormal/backend-ort"
import {
  createDetector,
  createRegistry,
  type DetectorContext,
  decodeSafetensors,
  definePlugin,
  detector,
  type StoredTensor,
  scoreImages,
  sha256,
} from "@ifnormal/core"
import { encodeModel, type Model } from "@ifnormal/onnx"
import { detectorChecks, mockImages, mockTrainingData } from "@ifnormal/testkit"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, describe, expect, test } from "vitest"
import { detectors, type OnnxDetectorOptions, onnxDetector, onnxOptions } from "./index.js"

const folder = new URL("../../onnx/test/fixtures/exports/", import.meta.url)
const file = (name: string) => new Uint8Array(readFileSync(new URL(`${name}.onnx`, folder)))
const golden = decodeSafetensors(new Uint8Array(readFileSync(new URL("golden.safetensors", folder))))
const { models } = JSON.parse(readFileSync(new URL("golden.json", folder), "utf8")) as {
  models: Record<string, { input: string }>
}
const sessions = sessionRunner()
const fit = { steps: 10, batchSize: 16, learningRate: 1, seed: 1 }

/** The golden images of a model, NHWC in [0, 1]. */
function images(name: string): tf.Tensor4D {
  const { shape, data } = golden[models[name]!.input] as StoredTensor
  return tf.tidy(() => {
    const x = tf.tensor4d(data as Float32Array, shape as [number, number, number, number])
    return shape[3] === 3 ? x.div(255) : x.transpose([0, 2, 3, 1])
  })
}
const scores = (name: string) => [...(golden[`${name}/score`]!.data as Float32Array)]
const close = (expected: readonly number[]) => expected.map((value) => expect.closeTo(value, 4))

/** Scores of the golden images, and what the detector says of itself. */
async function made(name: string, options: Partial<OnnxDetectorOptions> = {}) {
  const model = await onnxDetector({ model: file(name), sessions, ...options })
  const x = images(name)
  const { raw, phi } = await scoreImages(x, model)
  x.dispose()
  return { model, raw: [...raw], phi: [...phi] }
}

beforeAll(() => tf.setBackend("cpu"))

describe.each([undefined, "none"] as const)("gradients: %s", (gradients) => {
  test.each(["resnet-t13", "vit-d18", "padim-d18", "anomalib-patchcore-d18", "anomalib-padim-d18"])(
    "%s scores as onnxruntime does, without being told which output",
    async (name) => {
      const { model, raw } = await made(name, gradients && { gradients })
      expect(raw).toEqual(close(scores(name)))
      expect(model.inputShape).toEqual([32, 32, 3])
      expect(model.gradients).toBe(gradients ?? "exact")
      model.dispose()
    },
  )

  test("a model whose batch is one takes any number of images", async () => {
    const model = await onnxDetector({
      model: file("resnet-one-t17"),
      sessions,
      ...(gradients && { gradients }),
    })
    const x = mockImages([32, 32, 3], 3)
    const all = await scoreImages(x, model)
    for (const i of [0, 1, 2]) {
      const one = x.slice([i], [1])
      expect((await scoreImages(one, model)).raw[0]).toBeCloseTo(all.raw[i]!, 5)
      one.dispose()
    }
    tf.dispose(x)
    model.dispose()
  })

  const plugin = definePlugin({
    name: "p",
    version: "1.0.0",
    contract: 1,
    detectors: {
      onnx: detector({
        options: onnxOptions,
        create: ({ model, ...options }, { inputShape }: DetectorContext) =>
          onnxDetector({ ...options, model: file(model), inputShape, sessions }),
      }),
    },
  })
  const options = {
    inputShape: [32, 32, 3],
    options: { model: "padim-d18", map: "anomaly_map", ...(gradients && { gradients }) },
    calls: 10,
  } as const
  for (const { name, run } of detectorChecks(plugin, "onnx", options)) test(name, run)
})

test("a model for bytes, height first and channels last, has scores only", async () => {
  const { model, raw } = await made("bytes-nhwc-d18")
  expect(raw).toEqual(close(scores("bytes-nhwc-d18")))
  expect(model.gradients).toBe("none")
  expect(model.note).toContain("bytes")
  model.dispose()
})

test("a class, a map and a reconstruction become one number", async () => {
  const softmax = await made("softmax-d18", { index: 1 })
  expect(softmax.raw).toEqual(close([scores("softmax-d18")[1]!, scores("softmax-d18")[3]!]))
  const map = await made("unet-t17", { output: "anomaly_map", reduce: "max" })
  expect(map.raw).toEqual(close(scores("unet-t17")))
  const error = await made("autoencoder-t18", { output: "reconstruction", reduce: "reconstruction-l2" })
  expect(error.raw).toEqual(close(scores("autoencoder-t18")))
  for (const { model } of [softmax, map, error]) model.dispose()
})

test("the anomaly map has the images' size and the model's scale", async () => {
  const model = await onnxDetector({ model: file("padim-d18"), sessions, map: "anomaly_map" })
  const x = images("padim-d18")
  const map = await model.anomalyMap!(x)
  expect(map.shape).toEqual([2, 32, 32, 1])
  const largest = [...map.max([1, 2, 3]).dataSync()]
  for (const [i, score] of scores("padim-d18").entries()) {
    expect(largest[i]).toBeLessThanOrEqual(score * 1.0001)
    expect(largest[i]).toBeGreaterThan(score / 2)
  }
  tf.dispose([x, map])
  model.dispose()
})

test("normalization is what the model would have done itself", async () => {
  const x = images("resnet-t13")
  const shifted = tf.tidy(() =>
    x.mul(tf.tensor1d([0.229, 0.224, 0.225])).add(tf.tensor1d([0.485, 0.456, 0.406])),
  )
  const model = await onnxDetector({
    model: file("resnet-t13"),
    sessions,
    normalize: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  })
  const raw = await model.rawScoreBatch(shifted as tf.Tensor4D)
  expect([...raw.dataSync()]).toEqual(close(scores("resnet-t13")))
  const scaled = await onnxDetector({ model: file("resnet-t13"), sessions, normalize: { scale: 2 } })
  const half = x.mul<tf.Tensor4D>(0.5)
  const other = await scaled.rawScoreBatch(half)
  expect([...other.dataSync()]).toEqual(close(scores("resnet-t13")))
  const bgr = await onnxDetector({ model: file("resnet-t13"), sessions, channelOrder: "bgr" })
  const reversed = tf.reverse4d(x, 3)
  const third = await bgr.rawScoreBatch(reversed)
  expect([...third.dataSync()]).toEqual(close(scores("resnet-t13")))
  tf.dispose([x, shifted, raw, half, other, reversed, third])
  for (const each of [model, scaled, bgr]) each.dispose()
})

test("the bound is the declared one, or calibrated on normal images", async () => {
  const { model, raw, phi } = await made("resnet-t13", { bound: { threshold: 0.1, scale: 0.5 } })
  expect(phi).toEqual(close(raw.map((score) => 1 / (1 + Math.exp(-(score - 0.1) / 0.5)))))
  const calibrated = await onnxDetector({ model: file("resnet-t13"), sessions })
  await calibrated.fit(mockTrainingData([32, 32, 3]), fit)
  const x = mockImages([32, 32, 3], 32, 7)
  const sorted = [...(await scoreImages(x, calibrated)).phi].sort((a, b) => a - b)
  expect(sorted[16]).toBeLessThan(0.15)
  expect(sorted[31]).toBeLessThan(0.9)
  x.dispose()
  for (const each of [model, calibrated]) each.dispose()
})

test("variables name the model: another file has another hash", async () => {
  const one = await onnxDetector({ model: file("resnet-t13"), sessions, bound: "unit" })
  const other = await onnxDetector({ model: file("mobilenet-t17"), sessions, bound: "unit" })
  const words = (made: typeof one) =>
    [...made.variables.model_sha256!.dataSync()]
      .map((word) => (word >>> 0).toString(16).padStart(8, "0"))
      .join("")
  expect(words(one)).toBe(sha256(file("resnet-t13")))
  expect(words(other)).not.toBe(words(one))
  expect(one.files).toEqual({ "model.onnx": file("resnet-t13") })
  for (const each of [one, other]) each.dispose()
})

test("the plugin reads the model through the context and keeps its path", async () => {
  const registry = createRegistry([detectors], {
    sessions,
    readFile: async (path) => file(path.replace("./", "").replace(".onnx", "")),
  })
  const typed = { type: "onnx", options: { model: "./resnet-t13.onnx" } }
  const plugged = await createDetector(registry, typed, { inputShape: [32, 32, 3], seed: 1 })
  expect(Object.keys(plugged.files!)).toEqual(["./resnet-t13.onnx"])
  plugged.dispose()
  await expect(createDetector(registry, typed, { inputShape: [28, 28, 3], seed: 1 })).rejects.toMatchObject({
    code: "shape-model",
    message: expect.stringMatching(/\[32, 32, 3\].*\[28, 28, 3\]/),
  })
  await expect(onnxDetector({ model: "a.onnx", sessions })).rejects.toMatchObject({ code: "onnx-file" })
})

describe("errors say what the model has", () => {
  test.each<[string, string, Partial<OnnxDetectorOptions>, string, RegExp]>([
    [
      "an unknown output",
      "padim-d18",
      { output: "scor" },
      "onnx-output",
      /no "scor".*"score" \[2\], "anomaly_map" \[2, 1, 16, 16\]/,
    ],
    ["no score", "softmax-d18", {}, "onnx-output", /no output has one number.*"probabilities" \[2, 2\]/],
    [
      "classes without an index",
      "softmax-d18",
      { output: "probabilities" },
      "onnx-output",
      /has 2 numbers for each image/,
    ],
    ["an index out of range", "softmax-d18", { index: 2 }, "onnx-output", /index 2 is no class/],
    ["a map without reduce", "unet-t17", { output: "anomaly_map" }, "onnx-output", /has 1024 numbers/],
    [
      "an unknown input",
      "resnet-t13",
      { input: "image" },
      "onnx-input",
      /"x" float32 \[batch, 3, 32, 32\].*named "image"/,
    ],
    [
      "the wrong layout",
      "resnet-t13",
      { layout: "nhwc", inputShape: [32, 32, 3] },
      "shape-model",
      /\[3, 32, 32\]/,
    ],
    [
      "a mean too many",
      "resnet-t13",
      { normalize: { mean: [0, 0], std: [1, 1] } },
      "onnx-normalize",
      /2 means.*3/,
    ],
    ["a wrong option", "resnet-t13", { bound: { threshold: 1, scale: -1 } }, "config-invalid", /bound/],
    ["bytes that must have gradients", "bytes-nhwc-d18", { gradients: "exact" }, "onnx-operators", /bytes/],
  ])("%s", async (_, name, options, code, message) => {
    const before = tf.memory().numTensors
    await expect(onnxDetector({ model: file(name), sessions, ...options })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
    expect(tf.memory().numTensors).toBe(before)
  })
})

describe("operators that are missing", () => {
  const model = (nodes: Model["nodes"], outputs: Model["outputs"]) =>
    encodeModel({
      nodes,
      outputs,
      inputs: [{ name: "x", type: "float32", dims: ["batch", 1, 4, 4] }],
      initializers: [],
      opsets: { "": 17 },
      irVersion: 8,
    })
  const y = { name: "y", type: "float32", dims: ["batch", 1] } as const
  const determinant = model([{ op: "Det", inputs: ["x"], outputs: ["y"] }], [y])

  test("are listed, and the model is scored by the session", async () => {
    const made = await onnxDetector({ model: determinant, sessions })
    expect(made).toMatchObject({ gradients: "none", missingOperators: ["Det (opset 17)"] })
    expect(made.note).toBe("The operators Det (opset 17) have no gradient here")
    const x = tf.eye(4).reshape<tf.Tensor4D>([1, 4, 4, 1])
    const raw = await made.rawScoreBatch(x)
    expect(raw.dataSync()[0]).toBeCloseTo(1, 6)
    expect(() => made.score(x)).toThrow(expect.objectContaining({ code: "detector-scores-only" }))
    tf.dispose([x, raw])
    made.dispose()
  })

  test("are found out at the latest when the model is compared with the session", async () => {
    const pooled = model(
      [
        { op: "MaxPool", inputs: ["x"], outputs: ["p", "i"], attributes: { kernel_shape: [4, 4] } },
        { op: "Flatten", inputs: ["p"], outputs: ["y"] },
      ],
      [y, { name: "i", type: "int64", dims: ["batch", 1, 1, 1] }],
    )
    const made = await onnxDetector({ model: pooled, sessions })
    expect(made).toMatchObject({ gradients: "none", missingOperators: ["MaxPool with indices"] })
    made.dispose()
  })

  test("are an error that says what works where there is no session", async () => {
    await expect(onnxDetector({ model: determinant, inputShape: [4, 4, 1] })).rejects.toMatchObject({
      name: "EngineError",
      code: "onnx-operators",
      message: expect.stringContaining("Det (opset 17)"),
      next: expect.stringMatching(/sessionRunner.*nearest and score-only search/),
    })
    await expect(onnxDetector({ model: determinant, sessions, gradients: "exact" })).rejects.toMatchObject({
      code: "onnx-operators",
    })
  })

  test("bytes that are no model are refused", async () => {
    await expect(onnxDetector({ model: Uint8Array.of(1, 2, 3), sessions })).rejects.toMatchObject({
      code: "onnx-model",
    })
  })
})
