// What goes wrong gets a code, what was found and expected, a next step and the right exit code, and leaves nothing half-written.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { ifnormal, tinyExperiment, tinyWorkplace, writePng } from "./support.js"

let cwd: string
const path = (...parts: string[]) => join(cwd, ...parts)

/** Runs a command that has to fail; returns its exit code and the error object of stderr. */
async function failure(...args: string[]) {
  const { code, stdout, stderr } = await ifnormal(cwd, ...args, "--json", "--quiet")
  expect(stdout).toBe("")
  const { error } = JSON.parse(stderr.trim().split("\n").at(-1)!)
  expect(error.next).not.toBe("")
  return { exit: code, ...error } as { exit: number; code: string; message: string; next: string }
}

/** Writes the tiny experiment with a change. */
function writeConfig(name: string, change: (experiment: ReturnType<typeof tinyExperiment>) => void): void {
  const experiment = tinyExperiment()
  change(experiment)
  writeFileSync(path(name), JSON.stringify(experiment))
}

beforeAll(async () => {
  cwd = await tinyWorkplace()
  // Two runs of a few steps, of different seeds.
  const detector = (seed: number) =>
    ifnormal(cwd, "train", "detector", "tiny.json", "--run", `runs/seed${seed}`, "--seed", `${seed}`)
  await Promise.all([detector(3), detector(4)])
  await ifnormal(cwd, "train", "generator", "tiny.json", "--run", "runs/seed3")
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

test("an idx file that is missing or cut off", async () => {
  writeConfig("missing.json", (experiment) => Object.assign(experiment.dataset, { folder: "nowhere" }))
  expect(await failure("train", "detector", "missing.json")).toMatchObject({ exit: 3, code: "idx-missing" })
  cpSync(path("digits"), path("cut"), { recursive: true })
  truncateSync(path("cut/train-images-idx3-ubyte"), 5000)
  writeConfig("cut.json", (experiment) => Object.assign(experiment.dataset, { folder: "cut" }))
  const cut = await failure("train", "detector", "cut.json", "--run", "runs/cut")
  expect(cut).toMatchObject({ exit: 3, code: "idx-truncated" })
  expect(cut.message).toContain("5000 bytes")
  expect(existsSync(path("runs/cut"))).toBe(false)
})

test("files that are not MNIST's, unless the config says so", async () => {
  writeConfig("verify.json", (experiment) => Object.assign(experiment.dataset, { verify: true }))
  expect(await failure("data", "check", "verify.json")).toMatchObject({ exit: 3, code: "mnist-hash" })
})

test("a key that is not known names the nearest, a value out of range its path", async () => {
  writeConfig("key.json", (experiment) => Object.assign(experiment, { sede: 1 }))
  const key = await failure("train", "detector", "key.json")
  expect(key).toMatchObject({ exit: 2, code: "config-unknown-key" })
  expect(key.message).toContain('"seed"')
  writeConfig("option.json", (experiment) => Object.assign(experiment.generator, { widht: 4 }))
  const option = await failure("train", "detector", "option.json")
  expect(option.message).toContain('"width"')
  expect(option.message).toContain("generator")
  writeConfig("range.json", (experiment) => Object.assign(experiment.generator, { training: { steps: 0 } }))
  const range = await failure("train", "detector", "range.json")
  expect(range).toMatchObject({ exit: 2, code: "config-invalid" })
  expect(range.message).toContain("generator.training.steps")
  expect(existsSync(path("runs/tiny"))).toBe(false)
})

test("a config that cannot be parsed, is not there, or is of another kind", async () => {
  writeFileSync(path("broken.yaml"), "name: [unclosed")
  expect(await failure("train", "detector", "broken.yaml")).toMatchObject({ exit: 2, code: "config-syntax" })
  expect(await failure("train", "detector", "nowhere.yaml")).toMatchObject({ exit: 7, code: "not-found" })
  expect(await failure("train", "detector", "odd.png")).toMatchObject({ exit: 2, code: "config-type" })
  expect(await failure("train", "detector")).toMatchObject({ exit: 2, code: "missing-argument" })
})

test("an unknown type lists the known", async () => {
  writeConfig("type.json", (experiment) => Object.assign(experiment.detector, { type: "bcee" }))
  const { exit, code, message } = await failure("train", "detector", "type.json")
  expect([exit, code]).toEqual([2, "plugin-unknown-type"])
  expect(message).toContain("bce")
})

test("an image of another size is refused with the option that converts; other files are no images", async () => {
  writePng(path("big.png"), 40)
  const size = await failure("explain", "big.png", "--run", "runs/seed3")
  expect(size).toMatchObject({ exit: 3, code: "image-size" })
  expect(size.next).toContain("--resize")
  writeFileSync(path("text.png"), "no image")
  expect((await failure("explain", "text.png", "--run", "runs/seed3")).exit).toBe(3)
  expect(await failure("explain", "nowhere.png", "--run", "runs/seed3")).toMatchObject({
    exit: 7,
    code: "not-found",
  })
  mkdirSync(path("empty"))
  expect(await failure("explain", "empty", "--run", "runs/seed3")).toMatchObject({
    exit: 3,
    code: "data-empty",
  })
})

test("weights with a wrong hash, and a detector that the generator does not belong to", async () => {
  cpSync(path("runs/seed3"), path("runs/mixed"), { recursive: true })
  rmSync(path("runs/mixed/detector"), { recursive: true })
  cpSync(path("runs/seed4/detector"), path("runs/mixed/detector"), { recursive: true })
  writePng(path("odd.png"))
  expect(await failure("explain", "odd.png", "--run", "runs/mixed")).toMatchObject({
    exit: 4,
    code: "checkpoint-detector",
  })
  const file = path("runs/seed4/detector/weights.safetensors")
  const bytes = readFileSync(file)
  bytes[bytes.length - 1]! ^= 1
  writeFileSync(file, bytes)
  expect(await failure("train", "generator", "--run", "runs/seed4")).toMatchObject({
    exit: 4,
    code: "checkpoint-hash",
  })
  expect(await failure("explain", "odd.png", "--run", "runs/seed4")).toMatchObject({
    exit: 4,
    code: "checkpoint-hash",
  })
  expect(await failure("explain", "odd.png", "--run", "runs/nowhere")).toMatchObject({
    exit: 4,
    code: "checkpoint-missing",
  })
})

test("a generator whose data or seed differ from the run's detector", async () => {
  const { exit, code, message } = await failure(
    "train",
    "generator",
    "tiny.json",
    "--run",
    "runs/seed3",
    "--seed",
    "9",
  )
  expect([exit, code]).toEqual([2, "run-differs"])
  expect(message).toContain("seed")
})

test("an output folder that cannot be written", async () => {
  writeFileSync(path("file"), "")
  expect(await failure("explain", "odd.png", "--run", "runs/seed3", "--out", "file")).toMatchObject({
    exit: 7,
    code: "not-writable",
  })
  expect((await failure("train", "detector", "tiny.json", "--run", "file/run")).exit).toBe(7)
})

test("a run with a third-party plugin loads only when the user names the plugin again", async () => {
  writeFileSync(
    path("plugin.mjs"),
    `import { writeFileSync } from "node:fs"
writeFileSync("plugin-ran", "")
export default { name: "./plugin.mjs", version: "1.0.0", contract: 1 }
`,
  )
  cpSync(path("runs/seed3"), path("runs/third"), { recursive: true })
  const file = path("runs/third/experiment.json")
  writeFileSync(
    file,
    JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), plugins: ["./plugin.mjs"] }),
  )
  const refused = await failure("explain", "odd.png", "--run", "runs/third")
  expect(refused).toMatchObject({ exit: 2, code: "plugin-not-allowed" })
  expect(refused.next).toContain("--plugin ./plugin.mjs")
  expect(existsSync(path("plugin-ran"))).toBe(false)
  const { code } = await ifnormal(
    cwd,
    "explain",
    "odd.png",
    "--run",
    "runs/third",
    "--plugin",
    "./plugin.mjs",
  )
  expect(code).toBe(0)
  expect(existsSync(path("plugin-ran"))).toBe(true)
})

test("an engine that is not installed", async () => {
  const { exit, code, next } = await failure(
    "explain",
    "odd.png",
    "--run",
    "runs/seed3",
    "--backend",
    "tensorflow",
  )
  expect([exit, code]).toEqual([6, "engine-missing"])
  expect(next).toContain("npm install @tensorflow/tfjs-node")
})
