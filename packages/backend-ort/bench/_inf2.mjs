// phi(G(x, alpha, k)) with the shipped model, timed: upload of x, alpha and k, generate, score, read of images and scores.
// Usage, after `npm run build`:
//   node bench/inference.mjs [--batch 64] [--repeats 10] [--export file] and sideOptions
// The first unit is one call (it compiles), every other is --repeats calls.
import { parseArgs } from "node:util"
import * as tf from "@tensorflow/tfjs-core"
import { stream, uniforms } from "../../core/dist/index.js"
import { exportTensors } from "./export.mjs"
import { shippedModel } from "./shipped-model.mjs"
import { meter, printSummary, sideOptions, startEngine, turns } from "./side.mjs"

const { values } = parseArgs({
  options: {
    ...sideOptions,
    batch: { type: "string", default: "64" },
    repeats: { type: "string", default: "10" },
    export: { type: "string" },
  },
})
const name = await startEngine(values)
const { detector, generator } = await shippedModel()
const batch = Number(values.batch)
const shape = [batch, ...detector.inputShape]
const pixels = uniforms(
  stream(1, "x"),
  shape.reduce((a, b) => a * b),
)
const alphas = uniforms(stream(1, "alpha"), batch)
const concepts = Int32Array.from({ length: batch }, (_, row) => row % generator.concepts)
const inputs = () => ({
  x: tf.tensor4d(pixels, shape),
  alpha: tf.tensor1d(alphas),
  k: tf.tensor1d(concepts, "int32"),
})
if (values.export) {
  const weights = { ...prefixed("detector", detector), ...prefixed("generator", generator) }
  await exportTensors(values.export, weights, inputs, 1)
}

function prefixed(prefix, { variables }) {
  return Object.fromEntries(
    Object.entries(variables).map(([key, variable]) => [`${prefix}/${key}`, variable]),
  )
}

/** Means of images and scores: enough to compare both sides. */
async function call() {
  const { x, alpha, k } = inputs()
  const made = await generator.generate(x, alpha, k)
  const raw = await detector.rawScoreBatch(made)
  const phi = detector.bound(raw)
  const read = [await made.data(), await phi.data()]
  for (const tensor of [x, alpha, k, made, raw, phi]) tensor.dispose()
  return read
}

const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length
const measured = meter(name)
for await (const _ of turns(values)) {
  const repeats = measured.times.length === 0 ? 1 : Number(values.repeats)
  measured.begin()
  let read
  for (let i = 0; i < repeats; i++) read = await call()
  measured.end({
    repeats,
    losses: read.map(mean),
    faults: process.resourceUsage().minorPageFault,
    sys: process.cpuUsage().system / 1000,
  })
}
printSummary(values, measured, name)
process.exit(0)
