// `ifnormal export` as a user runs it, on tiny networks trained first.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { sessionRunner } from "@ifnormal/backend-ort"
import { decodeModel, encodeModel, modelProblems } from "@ifnormal/onnx"
import { webSessionRunner } from "@ifnormal/session-web"
import { afterAll, beforeAll, expect, test } from "vitest"
import { schemaProblems } from "../../onnx/test/schema.js"
import { ifnormal, tinyExperiment, tinyWorkplace } from "./support.js"

let cwd: string
const path = (...parts: string[]) => join(cwd, ...parts)
const bytes = (...parts: string[]) => new Uint8Array(readFileSync(path(...parts)))
const json = (text: string) => JSON.parse(text)
// One thread: beside other tests a second one waits for a core that is not free.
const run = (...args: string[]) => ifnormal(cwd, ...args, "--threads", "1")

beforeAll(async () => {
  cwd = await tinyWorkplace()
  for (const part of ["detector", "generator"]) {
    const { code, stderr } = await run("train", part, "tiny.json")
    if (code !== 0) throw new Error(stderr)
  }
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

test("writes two portable files that both onnxruntimes agree on with the engine", async () => {
  const { code, stdout, stderr } = await run("export", "runs/tiny", "--format", "onnx", "--json")
  expect(stderr).not.toContain("error[")
  expect(code).toBe(0)
  const { out, files } = json(stdout)
  expect(out).toBe("runs/tiny/export")
  expect(files.map(({ part }: { part: string }) => part)).toEqual(["detector", "generator"])
  expect(readdirSync(path(out)).sort()).toEqual(["detector.onnx", "generator.onnx"])
  for (const { file, bytes: size, difference } of files) {
    expect(bytes(file)).toHaveLength(size)
    expect(Object.keys(difference)).toEqual(["onnxruntime-node", "onnxruntime-web"])
    for (const worst of Object.values(difference)) expect(worst).toBeLessThan(1e-4)
    const model = decodeModel(bytes(file))
    expect(modelProblems(model)).toEqual([])
    expect(schemaProblems(model)).toEqual([])
  }
})

test("files say what they take and where they come from", () => {
  const detector = decodeModel(bytes("runs/tiny/export/detector.onnx"))
  const generator = decodeModel(bytes("runs/tiny/export/generator.onnx"))
  expect(detector.inputs).toEqual([{ name: "images", type: "float32", dims: ["batch", 28, 28, 3] }])
  expect(detector.outputs.map(({ name, dims }) => [name, dims])).toEqual([
    ["raw_score", ["batch"]],
    ["score", ["batch"]],
  ])
  expect(generator.inputs.map(({ name, type, dims }) => [name, type, dims])).toEqual([
    ["images", "float32", ["batch", 28, 28, 3]],
    ["alpha", "float32", ["batch"]],
    ["concept", "int32", ["batch"]],
  ])
  expect(generator.outputs).toEqual([{ name: "counterfactual", type: "float32", dims: ["batch", 28, 28, 3] }])
  const manifest = json(readFileSync(path("runs/tiny/generator/manifest.json"), "utf8"))
  expect(detector.metadata).toMatchObject({
    kind: "detector",
    input_range: "[0, 1]",
    input_layout: "NHWC",
    normal: "one, or color cyan",
    weights_sha256: manifest.detector,
    data_license: expect.stringMatching(/./),
    command: expect.stringContaining("ifnormal train"),
  })
  expect(generator.metadata).toMatchObject({
    concepts: "2",
    concept_range: "0..1",
    weights_sha256: manifest.weights.sha256,
    detector_weights_sha256: manifest.detector,
  })
  expect(detector.initializers.map(({ name }) => name)).toContain("conv1/weight")
})

test.each([
  ["onnxruntime-node", sessionRunner()],
  ["onnxruntime-web", webSessionRunner()],
])("%s scores images and their counterfactuals from the files alone", async (_, runner) => {
  const detector = await runner.load(bytes("runs/tiny/export/detector.onnx"))
  const generator = await runner.load(bytes("runs/tiny/export/generator.onnx"))
  const data = Float32Array.from({ length: 2 * 28 * 28 * 3 }, (_, i) => (i % 7) / 6)
  const images = { dtype: "float32", dims: [2, 28, 28, 3], data } as const
  const { counterfactual } = await generator.run({
    images,
    alpha: { dtype: "float32", dims: [2], data: Float32Array.of(0, 1) },
    concept: { dtype: "int32", dims: [2], data: Int32Array.of(0, 1) },
  })
  expect(counterfactual!.dims).toEqual([2, 28, 28, 3])
  const { score, raw_score: raw } = await detector.run({ images: counterfactual! })
  const values = [...(score!.data as Float32Array)]
  for (const value of values) expect(value > 0 && value < 1).toBe(true)
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
  values.forEach((value, i) => {
    expect(value).toBeCloseTo(sigmoid((raw!.data as Float32Array)[i]!), 6)
  })
})

test("a second export replaces the files and gives the same bytes; the table is for people", async () => {
  const before = bytes("runs/tiny/export/generator.onnx")
  writeFileSync(path("runs/tiny/export/detector.onnx"), "cut")
  const { code, stdout } = await run("export", "runs/tiny", "--quiet")
  expect(code).toBe(0)
  expect(stdout).toMatch(/runs\/tiny\/export\/detector\.onnx +\d+ +\d\.\de-\d+ +\d\.\de-\d+/)
  expect(stdout).toContain("batch sizes 1, 3, 64")
  expect(modelProblems(decodeModel(bytes("runs/tiny/export/detector.onnx")))).toEqual([])
  expect(Buffer.compare(bytes("runs/tiny/export/generator.onnx"), before)).toBe(0)
})

test("a run without a generator gives the detector, and says what is left out", async () => {
  mkdirSync(path("runs/half"))
  const { cpSync } = await import("node:fs")
  cpSync(path("runs/tiny/detector"), path("runs/half/detector"), { recursive: true })
  const { code, stdout } = await run("export", "runs/half", "--json", "--out", "half")
  expect(code).toBe(0)
  expect(json(stdout)).toMatchObject({
    skipped: { part: "generator", next: expect.stringContaining("Train it") },
  })
  expect(readdirSync(path("half"))).toEqual(["detector.onnx"])
})

test("a generator that reads values is named and left out; plugins run ONNX files through their context", async () => {
  const value = (name: string) => ({ name, type: "float32" as const, dims: ["n"] })
  writeFileSync(
    path("half.onnx"),
    encodeModel({
      nodes: [{ op: "Mul", inputs: ["x", "half"], outputs: ["y"] }],
      inputs: [value("x")],
      outputs: [value("y")],
      initializers: [
        { name: "half", type: "float32", dims: [], raw: new Uint8Array(Float32Array.of(0.5).buffer) },
      ],
      opsets: { "": 18 },
      irVersion: 8,
    }),
  )
  writeFileSync(
    path("reading.mjs"),
    `import { readFileSync } from "node:fs"
const options = { safeParse: (data) => ({ success: true, data }) }
const create = async (_, { detector, sessions }) => {
  const session = await sessions.load(new Uint8Array(readFileSync(new URL("half.onnx", import.meta.url))))
  return {
    inputShape: detector.inputShape,
    concepts: 2,
    variables: {},
    async fit() {},
    async generate(x) {
      const data = await x.data()
      const { y } = await session.run({ x: { dtype: "float32", dims: [data.length], data } })
      return x.mul(0).add(y.data[0])
    },
    dispose() {},
  }
}
export default { name: "./reading.mjs", version: "1.0.0", contract: 1, generators: { reading: { options, create } } }
`,
  )
  const experiment = { ...tinyExperiment(), name: "reading", plugins: ["./reading.mjs"] }
  writeFileSync(
    path("reading.json"),
    JSON.stringify({ ...experiment, generator: { type: "reading", training: { steps: 1, batchSize: 4 } } }),
  )
  for (const part of ["detector", "generator"]) {
    const trained = await run("train", part, "reading.json")
    expect(trained.stderr).not.toContain("error[")
  }
  mkdirSync(path("read"))
  writeFileSync(path("read/generator.onnx"), "of an earlier detector")
  const args = ["export", "runs/reading", "--plugin", "./reading.mjs", "--out", "read"]
  const { code, stdout } = await run(...args)
  expect(code).toBe(0)
  expect(stdout).toContain('Left out: Generators of type "reading" cannot be exported')
  expect(stdout).toContain("reads values")
  expect(readdirSync(path("read"))).toEqual(["detector.onnx"])
})

test("wrong calls say what to do and write nothing", async () => {
  const failure = async (...args: string[]) => {
    const { code, stderr } = await run("export", ...args, "--json", "--quiet")
    return { exit: code, ...json(stderr).error }
  }
  expect(await failure("runs/none")).toMatchObject({ exit: 4, code: "checkpoint-missing" })
  expect(await failure("runs/tiny", "--out", "never", "--backend", "cpu")).toMatchObject({
    exit: 2,
    code: "export-backend",
  })
  expect(await failure("runs/tiny", "--out", "never", "--format", "tflite")).toMatchObject({ exit: 2 })
  expect(await failure("runs/tiny", "--out", "tiny.json")).toMatchObject({ exit: 7, code: "not-writable" })
  expect(await failure("runs/tiny", "--out", "never", "--provider", "cuda")).toMatchObject({
    exit: 6,
    code: "ort-provider",
    next: expect.stringMatching(/^(Install|onnxruntime-node has)/),
  })
  expect(existsSync(path("never"))).toBe(false)
})
