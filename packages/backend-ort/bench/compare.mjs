// Paired comparison of a training step with the same step in PyTorch: the two processes take turns, step by step, so that
// both meet the same load of a shared machine. Usage:
//   node bench/compare.mjs --shipped --python /path/to/python [--rounds 20] [--threads 2]     the shipped configuration
//   node bench/compare.mjs --python /path/to/python [--width 16] [--batch 64] ...             gan-step.mjs and gan_step.py
// Run it on a quiet machine: PyTorch's OpenMP threads spin at every barrier, and where other work holds a core they wait for
// it there (50 times slower steps were seen), which says nothing about either side. The load is printed, and warned about.
import { spawn } from "node:child_process"
import { availableParallelism, cpus, loadavg, totalmem } from "node:os"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

const here = dirname(fileURLToPath(import.meta.url))
const { values } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    rounds: { type: "string", default: "20" },
    width: { type: "string", default: "16" },
    batch: { type: "string", default: "64" },
    size: { type: "string", default: "28" },
    network: { type: "string", default: "./network.mjs" },
    torch: { type: "string", default: "gan_step.py" },
    options: { type: "string", default: "{}" },
    threads: { type: "string", default: "2" },
    "channels-last": { type: "boolean", default: false },
    shipped: { type: "boolean", default: false },
    experiment: { type: "string" },
    adam: { type: "string", default: "fused" },
    "flush-denormal": { type: "boolean", default: false },
    // Between turns, until the idle threads of the side before have stopped spinning.
    pause: { type: "string", default: "250" },
  },
})

function side(command, args) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const step = async () => {
    await sleep(Number(values.pause))
    child.stdin.write("\n")
    const { value, done } = await lines.next()
    if (done) throw new Error(`${command} ended early`)
    return JSON.parse(value)
  }
  return { step, end: () => child.stdin.end() }
}

const options = JSON.stringify({ ...JSON.parse(values.options), threads: Number(values.threads) })
const channelsLast = values["channels-last"] ? ["--channels-last"] : []

async function shippedSides() {
  const { shippedConfig } = await import("./shipped-config.mjs")
  const config = shippedConfig(values.experiment)
  const { width, weights, average } = config.generator
  console.log(
    `shipped step: batch ${config.batch}, width ${width}, detector width ${config.detector.width}, ${config.shape.join(" x ")}, average ${average}, weights ${JSON.stringify(weights)}`,
  )
  const experiment = values.experiment ? ["--experiment", values.experiment] : []
  const flush = values["flush-denormal"] ? ["--flush-denormal"] : []
  const torch = [
    "--config",
    JSON.stringify(config),
    "--threads",
    values.threads,
    "--adam",
    values.adam,
    "--json",
  ]
  return [
    side(process.execPath, [join(here, "shipped-step.mjs"), "--options", options, "--json", ...experiment]),
    side(values.python, [join(here, "shipped_step.py"), ...torch, ...channelsLast, ...flush]),
  ]
}

function genericSides() {
  const shared = ["--width", values.width, "--batch", values.batch, "--size", values.size, "--json"]
  const network = ["--network", values.network, "--options", options]
  return [
    side(process.execPath, [join(here, "gan-step.mjs"), ...shared, ...network]),
    side(values.python, [join(here, values.torch), ...shared, "--threads", values.threads, ...channelsLast]),
  ]
}

function printMachine(when) {
  const load = loadavg()[0].toFixed(1)
  const cores = availableParallelism()
  console.log(
    `${when}: ${cpus()[0].model.trim()}, ${cores} cores, ${(totalmem() / 2 ** 30).toFixed(1)} GiB, load ${load}`,
  )
}

const busy = loadavg()[0] > 0.5
printMachine("before")
const [ours, theirs] = values.shipped ? await shippedSides() : genericSides()
const median = (list) => list.slice().sort((a, b) => a - b)[list.length >> 1]

for (let i = 0; i < 3; i++) {
  await ours.step()
  await theirs.step()
}
const pairs = []
for (let i = 0; i < Number(values.rounds); i++) {
  // The order alternates as well.
  const first = i % 2 ? await theirs.step() : await ours.step()
  const second = i % 2 ? await ours.step() : await theirs.step()
  pairs.push(i % 2 ? [second, first] : [first, second])
}
ours.end()
theirs.end()
printMachine("after")
for (const [i, name] of ["ours", "torch"].entries()) {
  const last = pairs.at(-1)[i]
  if (last.name) console.log(`${name}: ${last.name}; peak ${last.peakMb} MB`)
}
const compiles = pairs.reduce((sum, [a]) => sum + (a.compiles ?? 0), 0)
if (compiles > 0) console.log(`warning: ours compiled ${compiles} times in the measured rounds`)
for (const measure of ["ms", "cpuMs"]) {
  const column = (i) => pairs.map((pair) => pair[i][measure])
  const ratios = pairs.map(([a, b]) => a[measure] / b[measure]).sort((a, b) => a - b)
  const quarter = Math.floor(ratios.length / 4)
  const line = (name, list) =>
    `${name} min ${Math.min(...list).toFixed(0)}, median ${median(list).toFixed(0)}, max ${Math.max(...list).toFixed(0)}`
  const spread = `median ${median(ratios).toFixed(2)}, middle half ${ratios[quarter].toFixed(2)}-${ratios.at(-1 - quarter).toFixed(2)}`
  console.log(
    `${measure}: ${line("ours", column(0))}; ${line("torch", column(1))}; ours / torch of ${ratios.length} pairs: ${spread}`,
  )
}
if (busy)
  console.log(
    "warning: the machine was busy when this began; with 2 threads that slows torch far more than ours",
  )
