// Paired comparison of gan-step.mjs with gan_step.py: the two processes take turns, step by step, so that both meet the
// same load of a shared machine. Usage: node bench/compare.mjs --python /path/to/python [--width 16] [--rounds 20] ...
import { spawn } from "node:child_process"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
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
  },
})

function side(command, args) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const step = async () => {
    child.stdin.write("\n")
    const { value, done } = await lines.next()
    if (done) throw new Error(`${command} ended early`)
    return JSON.parse(value)
  }
  return { step, end: () => child.stdin.end() }
}

const options = JSON.stringify({ ...JSON.parse(values.options), threads: Number(values.threads) })
const shared = ["--width", values.width, "--batch", values.batch, "--size", values.size, "--json"]
const ours = side(process.execPath, [
  join(here, "gan-step.mjs"),
  ...shared,
  "--network",
  values.network,
  "--options",
  options,
])
const theirs = side(values.python, [
  join(here, values.torch),
  ...shared,
  "--threads",
  values.threads,
  ...(values["channels-last"] ? ["--channels-last"] : []),
])
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
for (const measure of ["ms", "cpuMs"]) {
  const column = (i) => pairs.map((pair) => pair[i][measure])
  const ratios = pairs.map(([a, b]) => a[measure] / b[measure]).sort((a, b) => a - b)
  const quarter = Math.floor(ratios.length / 4)
  const line = (name, list) =>
    `${name} min ${Math.min(...list).toFixed(0)}, median ${median(list).toFixed(0)}`
  const spread = `median ${median(ratios).toFixed(2)}, middle half ${ratios[quarter].toFixed(2)}-${ratios.at(-1 - quarter).toFixed(2)}`
  console.log(
    `${measure}: ${line("ours", column(0))}; ${line("torch", column(1))}; ours / torch of ${ratios.length} pairs: ${spread}`,
  )
}
