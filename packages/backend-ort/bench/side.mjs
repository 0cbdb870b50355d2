// Our side of a comparison: one unit of work (a training step, some inferences) for every line on stdin, one JSON line
// about it on stdout. Without --json it does --steps units and prints a summary. side.py is PyTorch's.
import { createInterface } from "node:readline"
import { engineInfo, resetStats, setOptions, stats } from "@ifnormal/backend-ort"
import * as tf from "@tensorflow/tfjs-core"
// As a plugin has it: importing core registers tfjs's gradients and chained operations.
import "../../core/dist/index.js"

/** Options that every side has, for parseArgs. */
export const sideOptions = {
  steps: { type: "string", default: "10" },
  backend: { type: "string", default: "ort" },
  // Options of the engine, such as {"memory":"low"}.
  options: { type: "string", default: "{}" },
  json: { type: "boolean", default: false },
}

/** Chooses the engine. Returns a line that says what it is. */
export async function startEngine({ backend, options }) {
  setOptions(JSON.parse(options))
  await tf.setBackend(backend)
  if (backend !== "ort") return `Node ${process.version}, tfjs backend ${backend}`
  const { onnxruntime, threads, memory } = engineInfo()
  return `Node ${process.version}, onnxruntime-node ${onnxruntime}, ${threads} threads, memory ${memory}`
}

export const peakMb = () => Math.round(process.resourceUsage().maxRSS / 1024)
const importMb = peakMb()
const rounded = (object) =>
  JSON.stringify(object, (_, value) => (typeof value === "number" ? Number(value.toPrecision(7)) : value))

/**
 * Measures from `begin` to the call it returns, and prints what it found.
 * @param name of this side
 */
export function meter(name) {
  const times = []
  let start = 0
  let cpu
  return {
    times,
    begin() {
      resetStats()
      cpu = process.cpuUsage()
      start = performance.now()
    },
    /** @param facts more for the printed line; `repeats` divides the times */
    end({ repeats = 1, ...facts } = {}) {
      const ms = (performance.now() - start) / repeats
      const { user, system } = process.cpuUsage(cpu)
      const { compiles, compileMs, prepareMs, runMs } = stats()
      const cpuMs = (user + system) / 1000 / repeats
      const engine = { compiles, compileMs, prepareMs: prepareMs / repeats, runMs: runMs / repeats }
      times.push(ms)
      console.log(
        rounded({
          index: times.length - 1,
          ms,
          cpuMs,
          ...engine,
          peakMb: peakMb(),
          importMb,
          name,
          ...facts,
        }),
      )
    },
  }
}

/** Lines of stdin with --json, otherwise --steps turns. */
export async function* turns({ json, steps }) {
  if (json) yield* createInterface({ input: process.stdin })
  else for (let i = 0; i < Number(steps); i++) yield i
}

/** What a person wants to know at the end. */
export function printSummary({ json }, { times }, name) {
  const warm = times.slice(3).sort((a, b) => a - b)
  if (json || warm.length === 0) return
  const [least, middle] = [warm[0], warm[warm.length >> 1]].map((ms) => ms.toFixed(1))
  console.log(
    `min ${least} ms, median ${middle} ms, peak ${peakMb()} MB, ${tf.memory().numTensors} tensors; ${name}`,
  )
}
