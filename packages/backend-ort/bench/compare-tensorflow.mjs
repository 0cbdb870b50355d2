// The training step of gan-step.mjs on this engine and on @tensorflow/tfjs-node, step by step in turns. tfjs-node is that of
// the project in the current folder (docs/decisions/0006): node path/to/compare-tensorflow.mjs [--rounds 9] [--width 16]
//   [--batch 64] [--size 28] [--threads 2]
import { spawn } from "node:child_process"
import { createRequire } from "node:module"
import { availableParallelism, cpus } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

const WARM_UP = 3
// Until the idle threads of the side before have stopped spinning.
const PAUSE_MS = 250
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    width: { type: "string", default: "16" },
    batch: { type: "string", default: "64" },
    size: { type: "string", default: "28" },
    threads: { type: "string", default: String(availableParallelism()) },
  },
})
const script = fileURLToPath(new URL("./gan-step.mjs", import.meta.url))
const tfjsNode = createRequire(join(process.cwd(), "package.json")).resolve("@tensorflow/tfjs-node")
const step = [script, "--json", ...["width", "batch", "size"].flatMap((key) => [`--${key}`, values[key]])]

function side(args) {
  const env = { ...process.env, TF_NUM_INTRAOP_THREADS: values.threads, TF_CPP_MIN_LOG_LEVEL: "2" }
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "pipe"], env })
  let words = ""
  child.stderr.on("data", (bytes) => (words = (words + bytes).slice(-2000)))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async turn() {
      await sleep(PAUSE_MS)
      child.stdin.write("\n")
      const { value, done } = await lines.next()
      if (done) throw new Error(`A side ended early: ${words}`)
      return JSON.parse(value).ms
    },
    end: () => child.stdin.end(),
  }
}

const ort = side([...step, "--options", JSON.stringify({ threads: Number(values.threads) })])
const tensorflow = side(["--require", tfjsNode, ...step, "--backend", "tensorflow"])
const pairs = []
for (let round = -WARM_UP; round < Number(values.rounds); round++) {
  const order = round % 2 ? [ort, tensorflow] : [tensorflow, ort]
  const times = [await order[0].turn(), await order[1].turn()]
  if (round >= 0) pairs.push(round % 2 ? times : times.reverse())
}
for (const each of [ort, tensorflow]) each.end()
const sorted = (list) => list.slice().sort((a, b) => a - b)
const line = (list, digits) => {
  const all = sorted(list)
  return `median ${all[all.length >> 1].toFixed(digits)}, ${all[0].toFixed(digits)} to ${all.at(-1).toFixed(digits)}`
}
console.log(`${cpus()[0].model.trim()}, ${values.threads} threads, Node ${process.version}`)
console.log(`ort ms: ${line(pairs.map(([ours]) => ours), 0)}`) // biome-ignore format: one line
console.log(`tensorflow ms: ${line(pairs.map(([, theirs]) => theirs), 0)}`) // biome-ignore format: one line
console.log(`ort / tensorflow of ${pairs.length} pairs: ${line(pairs.map(([a, b]) => a / b), 2)}`) // biome-ignore format: one line
