// Feeds mutated ONNX files to the decoder, the structural checks and the importer. Whatever comes out has to be a model
// or a typed error, in bounded time and memory.
//   node packages/onnx/scripts/fuzz.mjs --count 100000 --seed 1
//   node packages/onnx/scripts/fuzz.mjs --only 4711 --seed 1      one mutation again, with its stack
// Ends with 1 for an untyped error or a file that takes more than --slow milliseconds.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import "@tensorflow/tfjs-backend-cpu"
import * as tf from "@tensorflow/tfjs-core"
import { decodeModel, encodeModel, graphProblems, modelProblems } from "../dist/index.js"

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "2000" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    slow: { type: "string", default: "5000" },
    json: { type: "boolean", default: false },
  },
})
const importer = new URL("../dist/import/index.js", import.meta.url)
const { importModel } = existsSync(importer) ? await import(importer) : {}
await tf.setBackend("cpu")

/** Integers below n from (seed, file number): any mutation can be made again on its own. */
function random(seed, number) {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)) >>> 0
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n)
  }
}

const floats = (...numbers) => new Uint8Array(Float32Array.from(numbers).buffer)
const integers = (...numbers) => new Uint8Array(BigInt64Array.from(numbers.map(BigInt)).buffer)
/** Small models by hand: one with every kind of attribute and constant, one with shape arithmetic. */
const byHand = [
  {
    nodes: [
      { op: "Conv", inputs: ["x", "w"], outputs: ["c"], attributes: { pads: [1, 1, 1, 1] } },
      { op: "LeakyRelu", inputs: ["c"], outputs: ["a"], attributes: { alpha: { float: 0.1 } } },
      {
        op: "MaxPool",
        inputs: ["a"],
        outputs: ["p"],
        attributes: { kernel_shape: [2, 2], auto_pad: "SAME_UPPER" },
      },
      { op: "Flatten", inputs: ["p"], outputs: ["f"], attributes: { axis: 1 } },
      { op: "ReduceMean", inputs: ["f"], outputs: ["y"], attributes: { axes: [1], keepdims: 0 } },
    ],
    inputs: [{ name: "x", type: "float32", dims: ["batch", 1, 4, 4] }],
    outputs: [{ name: "y", type: "float32", dims: ["batch"] }],
    initializers: [{ name: "w", type: "float32", dims: [2, 1, 3, 3], raw: floats(...Array(18).fill(0.1)) }],
    opsets: { "": 13 },
  },
  {
    nodes: [
      { op: "Shape", inputs: ["x"], outputs: ["s"] },
      { op: "Gather", inputs: ["s", "zero"], outputs: ["n"] },
      { op: "Concat", inputs: ["n", "rest"], outputs: ["t"], attributes: { axis: 0 } },
      { op: "Reshape", inputs: ["x", "t"], outputs: ["r"] },
      { op: "Expand", inputs: ["one", "t"], outputs: ["e"] },
      { op: "Add", inputs: ["r", "e"], outputs: ["b"] },
      {
        op: "Constant",
        inputs: [],
        outputs: ["k"],
        attributes: { value: { tensor: { name: "", type: "float32", dims: [1], raw: floats(2) } } },
      },
      { op: "Mul", inputs: ["b", "k"], outputs: ["m"] },
      { op: "Unsqueeze", inputs: ["m", "axes"], outputs: ["m4"] },
      { op: "Resize", inputs: ["m4", "", "scales"], outputs: ["z"], attributes: { mode: "nearest" } },
      { op: "ReduceMax", inputs: ["z"], outputs: ["y"], attributes: { axes: [1, 2, 3], keepdims: 0 } },
    ],
    inputs: [{ name: "x", type: "float32", dims: ["batch", 4, 4] }],
    outputs: [{ name: "y", type: "float32", dims: ["batch"] }],
    initializers: [
      { name: "zero", type: "int64", dims: [1], raw: integers(0) },
      { name: "rest", type: "int64", dims: [2], raw: integers(2, 8) },
      { name: "one", type: "float32", dims: [1], raw: floats(1) },
      { name: "axes", type: "int64", dims: [1], raw: integers(1) },
      { name: "scales", type: "float32", dims: [4], raw: floats(1, 1, 2, 2) },
    ],
    opsets: { "": 13 },
  },
].map(encodeModel)
const fixtures = fileURLToPath(new URL("../test/fixtures/exports", import.meta.url))
const files = existsSync(fixtures)
  ? readdirSync(fixtures)
      .filter((name) => name.endsWith(".onnx"))
      .sort()
      .map((name) => new Uint8Array(readFileSync(join(fixtures, name))))
      .filter((bytes) => bytes.length < 60_000)
  : []
const bases = [...byHand, ...files]

/** Numbers that break sizes, counts and types. */
const awkward = [0, 1, 2, 127, 128, 255, 8, 9, 10, 13, 18, 26, 34, 58, 66, 106]

/** One to eight changes of bytes: flips, overwrites, insertions, deletions, copies, truncation. */
function mutate(base, pick) {
  let bytes = base.slice()
  for (let left = 1 + pick(8); left > 0 && bytes.length > 0; left--) {
    // Structure stands before and after the weights: half of the changes go to the first or last kilobyte.
    const window = Math.min(bytes.length, 1024)
    const at = [pick(bytes.length), pick(window), bytes.length - 1 - pick(window)][pick(3)]
    const length = 1 + pick(16)
    switch (pick(8)) {
      case 0:
        bytes[at] ^= 1 << pick(8)
        break
      case 1:
        bytes[at] = awkward[pick(awkward.length)]
        break
      case 2:
        bytes[at] = pick(256)
        break
      case 3:
        bytes = splice(
          bytes,
          at,
          0,
          Uint8Array.from({ length }, () => pick(256)),
        )
        break
      case 4:
        bytes = splice(bytes, at, length, new Uint8Array(0))
        break
      case 5:
        bytes = splice(bytes, pick(bytes.length), 0, bytes.slice(at, at + 64 * length))
        break
      case 6:
        // The largest number that a varint holds, where a length, size or type may stand.
        bytes = splice(bytes, at, 1, Uint8Array.from([255, 255, 255, 255, pick(128)]))
        break
      default:
        if (pick(4) === 0) bytes = bytes.slice(0, at)
    }
  }
  return bytes
}

function splice(bytes, at, removed, added) {
  const gone = Math.min(removed, bytes.length - at)
  const out = new Uint8Array(bytes.length - gone + added.length)
  out.set(bytes.subarray(0, at))
  out.set(added, at)
  out.set(bytes.subarray(at + gone), at + added.length)
  return out
}

const operators = Object.keys(byHand.length > 0 ? operatorNames() : {})
function operatorNames() {
  const path = new URL("../test/operators.json", import.meta.url)
  const listed = JSON.parse(readFileSync(path, "utf8"))
  return listed.operators ?? listed
}

/** One to four changes of the graph itself, which bytes at random seldom reach. */
function rewire(base, pick) {
  const model = structuredClone(decodeModel(base))
  const one = (list) => list[pick(list.length)]
  const sizes = [0, 1, 2, 3, 5, 16, 255, 1e4, 65536, 2 ** 31 - 1, 2 ** 40, -1, -2]
  for (let left = 1 + pick(4); left > 0; left--) {
    const node = one(model.nodes)
    const initializer = one(model.initializers)
    const names = model.nodes.flatMap(({ outputs }) => outputs)
    switch (pick(9)) {
      case 0:
        if (node) node.op = one(operators)
        break
      case 1:
        if (node?.inputs.length) node.inputs[pick(node.inputs.length)] = one([...names, "", "nowhere"])
        break
      case 2: {
        const key = one(Object.keys(node?.attributes ?? {}))
        if (!key) break
        const value = node.attributes[key]
        if (Array.isArray(value) && value.length > 0) value[pick(value.length)] = one(sizes)
        else if (typeof value === "number") node.attributes[key] = one(sizes)
        else if (typeof value === "string") node.attributes[key] = "?"
        else if (value.float !== undefined) value.float = one([Number.NaN, Infinity, -1, 0, 1e30])
        break
      }
      case 3:
        if (initializer?.dims.length) initializer.dims[pick(initializer.dims.length)] = one(sizes)
        break
      case 4:
        if (initializer) {
          const view = new DataView(
            initializer.raw.buffer,
            initializer.raw.byteOffset,
            initializer.raw.byteLength,
          )
          if (initializer.type === "int64" && view.byteLength >= 8)
            view.setBigInt64(8 * pick(view.byteLength / 8), BigInt(one(sizes)), true)
          else if (view.byteLength >= 4)
            view.setFloat32(
              4 * pick(Math.floor(view.byteLength / 4)),
              one([Number.NaN, Infinity, 1e30, -1e30, 0]),
              true,
            )
        }
        break
      case 5:
        model.opsets[""] = 1 + pick(24)
        break
      case 6:
        if (node) model.nodes.splice(pick(model.nodes.length), 0, structuredClone(node))
        break
      case 7:
        if (model.nodes.length > 1) model.nodes.splice(pick(model.nodes.length), 1)
        break
      default:
        if (model.inputs[0]?.dims.length) model.inputs[0].dims[pick(model.inputs[0].dims.length)] = one(sizes)
    }
  }
  return encodeModel(model)
}

/** How far a file gets: the code of its error, or what it was good for. */
function outcome(bytes) {
  const model = decodeModel(bytes)
  modelProblems(model)
  const problems = graphProblems(model)
  if (!importModel) return problems.length > 0 ? "unsound" : "sound"
  const imported = importModel(bytes)
  try {
    const feeds = Object.fromEntries(
      imported.inputs.map(({ name, dims }) => {
        const shape = dims.map((dim) => (typeof dim === "number" ? Math.min(Math.max(dim, 1), 64) : 1))
        return [name, tf.zeros(shape)]
      }),
    )
    try {
      tf.dispose(tf.tidy(() => imported.run(feeds)))
      return "ran"
    } finally {
      tf.dispose(feeds)
    }
  } finally {
    imported.dispose()
  }
}

const seed = Number(values.seed)
const numbers = values.only
  ? [Number(values.only)]
  : Array.from({ length: Number(values.count) }, (_, i) => i)
const counts = {}
const bad = []
let slowest = { ms: 0, number: -1 }
for (const number of numbers) {
  const pick = random(seed, number)
  const base = bases[pick(bases.length)]
  const bytes = pick(2) === 0 ? mutate(base, pick) : rewire(base, pick)
  const began = performance.now()
  const tensors = tf.memory().numTensors
  let result
  try {
    result = outcome(bytes)
  } catch (error) {
    if (values.only) process.stderr.write(`${error.stack}\n${error.cause?.stack ?? ""}\n`)
    result = error?.name === "ImportError" && error.code && error.next ? error.code : `untyped: ${error}`
  }
  const ms = performance.now() - began
  if (ms > slowest.ms) slowest = { ms: Math.round(ms), number }
  if (tf.memory().numTensors !== tensors)
    result = `${tf.memory().numTensors - tensors} tensors left after ${result}`
  counts[result] = (counts[result] ?? 0) + 1
  if (result.startsWith("untyped") || /left after/.test(result) || ms > Number(values.slow))
    bad.push({ number, result, ms: Math.round(ms) })
}
const result = {
  node: process.version,
  seed,
  files: numbers.length,
  bases: bases.length,
  outcomes: counts,
  slowest,
  peakRssMB: Math.round(process.resourceUsage().maxRSS / 1024),
  bad: bad.slice(0, 20),
}
process.stdout.write(`${JSON.stringify(result, null, values.json ? 0 : 2)}\n`)
process.exitCode = bad.length > 0 ? 1 : 0
