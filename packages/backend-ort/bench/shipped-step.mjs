// One training step of the shipped generator, timed: GanGenerator.fit against a BceDetector, as `ifnormal train generator`
// runs it. A step is from the batch being there to the terms being read. Usage, after `pnpm build`:
//   node bench/shipped-step.mjs [--experiment file] [--steps 10] [--options '{"threads":2}'] [--json] [--config]
// --json prints one line a step and waits for a line on stdin before each, so that the two sides can take turns (pairing.mjs).
// --config prints the configuration for shipped_step.py.
import { createInterface } from "node:readline"
import { parseArgs } from "node:util"
import { engineInfo, resetStats, setOptions, stats } from "@ifnormal/backend-ort"
import * as tf from "@tensorflow/tfjs-core"
import { stream, uniforms } from "../../core/dist/index.js"
import { BceDetector } from "../../detectors/dist/index.js"
import { GanGenerator } from "../../generators/dist/index.js"
import { shippedConfig } from "./shipped-config.mjs"

const BATCHES = 4
const { values } = parseArgs({
  options: {
    experiment: { type: "string" },
    steps: { type: "string", default: "10" },
    options: { type: "string", default: "{}" },
    json: { type: "boolean", default: false },
    config: { type: "boolean", default: false },
  },
})
const config = shippedConfig(values.experiment)
if (values.config) {
  console.log(JSON.stringify(config))
  process.exit(0)
}
setOptions(JSON.parse(values.options))
await tf.setBackend("ort")
const detector = new BceDetector(config.shape, 1, config.detector)
const generator = new GanGenerator(detector, 1, config.generator)
const lines = values.json ? createInterface({ input: process.stdin })[Symbol.asyncIterator]() : undefined
const stopper = new AbortController()
const times = []
let start
let cpu

const data = {
  shape: config.shape,
  length: 1,
  outliers: 1,
  async *batches({ size, seed }) {
    const pixels = config.shape.reduce((a, b) => a * b, size)
    const ready = Array.from({ length: BATCHES }, (_, i) =>
      tf.tensor4d(uniforms(stream(seed, "data", i), pixels), [size, ...config.shape]),
    )
    const outlier = tf.tensor1d(Array.from({ length: size }, (_, i) => (i < size / 2 ? 0 : 1)))
    for (let i = 0; ; i++) {
      if (lines && (await lines.next()).done) process.exit(0)
      resetStats()
      cpu = process.cpuUsage()
      start = performance.now()
      yield { x: ready[i % BATCHES], outlier }
    }
  },
}

const peakMb = () => Math.round(process.resourceUsage().maxRSS / 1024)
const rounded = (object) =>
  JSON.stringify(object, (_, value) => (typeof value === "number" ? Number(value.toPrecision(5)) : value))
const { threads, onnxruntime } = engineInfo()
const name = `Node ${process.version}, onnxruntime-node ${onnxruntime}, ${threads} threads`

function onStep(terms, step) {
  const ms = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  const { compiles, runMs } = stats()
  const result = { step, ms, cpuMs: (user + system) / 1000, runMs, compiles, peakMb: peakMb(), name, terms }
  times.push(result)
  console.log(rounded(result))
  if (!lines && times.length === Number(values.steps)) stopper.abort()
}

try {
  await generator.fit(data, {
    steps: config.steps,
    batchSize: config.batch,
    learningRate: config.learningRate,
    seed: 1,
    onStep,
    signal: stopper.signal,
  })
} catch (error) {
  if (error.code !== "stopped") throw error
}
const warm = times.slice(3).sort((a, b) => a.ms - b.ms)
if (!values.json && warm.length)
  console.log(
    `min ${warm[0].ms.toFixed(0)} ms, median ${warm[warm.length >> 1].ms.toFixed(0)} ms, peak ${peakMb()} MB; ${name}`,
  )
process.exit(0)
