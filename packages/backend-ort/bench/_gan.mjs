// One training step, timed. Usage, after `pnpm build` of this package:
//   node bench/gan-step.mjs [--width 16] [--batch 64] [--size 28] [--steps 10] [--backend ort|cpu] [--network ./network.mjs]
//                           [--options '{"memory":"low"}'] [--json]
// --json prints one line a step and waits for a line on stdin before each, so that compare.mjs can alternate two sides.
import { cpus } from "node:os"
import { createInterface } from "node:readline"
import { parseArgs } from "node:util"
import { engineInfo, resetStats, setOptions, stats } from "@ifnormal/backend-ort"
import * as tf from "@tensorflow/tfjs-core"
import { bundleRegistrations } from "../scripts/bundle-registrations.mjs"

const { values } = parseArgs({
  options: {
    width: { type: "string", default: "16" },
    batch: { type: "string", default: "64" },
    size: { type: "string", default: "28" },
    steps: { type: "string", default: "10" },
    backend: { type: "string", default: "ort" },
    network: { type: "string", default: "./_network.mjs" },
    options: { type: "string", default: "{}" },
    json: { type: "boolean", default: false },
  },
})
await import(await bundleRegistrations())
setOptions(JSON.parse(values.options))
await tf.setBackend(values.backend)
const { make } = await import(new URL(values.network, import.meta.url).href)
const network = make({ width: Number(values.width), batch: Number(values.batch), size: Number(values.size) })
const x = network.input()
const step = values.backend === "ort" ? tf.backend().replayed(network.step) : network.step
const times = []

function timedStep(index) {
  resetStats()
  const start = performance.now()
  const cpu = process.cpuUsage()
  const drawn = network.draws()
  const losses = step(x, ...drawn)
  tf.dispose(drawn)
  const recorded = performance.now()
  const read = Array.from(losses.dataSync())
  const end = performance.now()
  losses.dispose()
  const { user, system } = process.cpuUsage(cpu)
  const { compiles, compileMs, runMs, prepareMs } = stats()
  const result = {
    index,
    ms: end - start,
    cpuMs: (user + system) / 1000,
    recordMs: recorded - start,
    prepareMs,
    runMs,
    compiles,
    compileMs,
    losses: read,
  }
  times.push(result)
  return result
}

const rounded = (object) =>
  JSON.stringify(object, (_, value) => (typeof value === "number" ? Number(value.toPrecision(5)) : value))

if (values.json) {
  for await (const _ of createInterface({ input: process.stdin }))
    console.log(rounded(timedStep(times.length)))
} else {
  console.log(`${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}; ${rounded(engineInfo())}`)
  for (let i = 0; i < Number(values.steps); i++) console.log(rounded(timedStep(i)))
  const warm = times.slice(2).sort((a, b) => a.ms - b.ms)
  const middle = warm[warm.length >> 1]
  const memory = process.resourceUsage().maxRSS / 1024
  tf.engine().removeBackend("ort")
  console.log(
    `width ${values.width}, ${values.backend}: min ${warm[0]?.ms.toFixed(0)} ms, median ${middle?.ms.toFixed(0)} ms (record ${middle?.recordMs.toFixed(0)} ms), peak ${memory.toFixed(0)} MB, ${tf.memory().numTensors} tensors`,
  )
}
