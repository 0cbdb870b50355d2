// Measures the bars of the first issue and prints them with machine, versions, seeds, median and range.
//   npm run bars                       trains and evaluates the shipped experiment with seeds 1, 2, 3 (resumable), then prints
//   npm run bars -- --seeds 1          fewer seeds
//   npm run bars -- --only-print       from the runs that exist
//   npm run bars -- --times            also times `demo` and `explain` as whole processes (five runs, shipped model)
//   npm run bars -- --threads 1        threads of each training (the weights depend on it in the last bits)
//   npm run bars -- --json
// Seeds and options were chosen on the validation split; the test set is read once per run, by `evaluate`.
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync } from "node:fs"
import { cpus, totalmem } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

const root = fileURLToPath(new URL("..", import.meta.url))
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1,2,3" },
    config: { type: "string", default: join(root, "packages/cli/models/colored-mnist/experiment.json") },
    runs: { type: "string", default: join(root, "runs/bars") },
    threads: { type: "string" },
    times: { type: "boolean", default: false },
    "only-print": { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
})
const seeds = values.seeds.split(",").map(Number)
const threads = values.threads === undefined ? [] : ["--threads", values.threads]
const folder = (seed) => join(values.runs, `seed-${seed}`)
mkdirSync(values.runs, { recursive: true })

function ifnormal(...args) {
  const started = performance.now()
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(root, "packages/cli/bin/ifnormal.mjs"), ...args],
    {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    },
  )
  if (status !== 0) {
    process.stderr.write(`ifnormal ${args.join(" ")} ended with status ${status}\n`)
    process.exit(status ?? 1)
  }
  return { stdout, seconds: (performance.now() - started) / 1000 }
}

function train(seed, part) {
  const run = folder(seed)
  if (existsSync(join(run, part, "manifest.json"))) return
  const resume = existsSync(join(run, part, "resume")) ? ["--resume"] : []
  ifnormal("train", part, values.config, "--run", run, "--seed", String(seed), ...threads, ...resume)
}

if (!values["only-print"]) {
  for (const seed of seeds) for (const part of ["detector", "generator"]) train(seed, part)
  for (const [i, seed] of seeds.entries()) {
    if (existsSync(join(folder(seed), "metrics.json"))) continue
    // The judge of validity is the detector of the next seed; with one seed there is none.
    const other = seeds[(i + 1) % seeds.length]
    const second = other === seed ? [] : ["--second-detector", join(folder(other), "detector")]
    ifnormal("evaluate", folder(seed), ...second)
  }
}

const runs = seeds.map((seed) => JSON.parse(readFileSync(join(folder(seed), "metrics.json"), "utf8")))
const rows = new Map()
const add = (name, value, bar) => {
  if (value === undefined || Number.isNaN(value)) return
  if (!rows.has(name)) rows.set(name, { name, values: [], bar })
  rows.get(name).values.push(value)
}
for (const { metrics, semantics } of runs) {
  const concepts = (semantics?.rows ?? []).filter(({ name }) => /^concept \d+$/.test(name))
  const all = semantics?.rows.find(({ name }) => name === "all counterfactuals")
  const control = (name) => semantics?.rows.find((row) => row.name === name)?.cyanOrOne
  add("judge: raw anomalies cyan or one (control)", control("raw anomalies"), "<= 0.02")
  add("judge: normal test images cyan or one (control)", control("normal test images"), ">= 0.97")
  add("judge: counterfactuals cyan or one", all?.cyanOrOne, ">= 0.9")
  // Which concept recolors differs from seed to seed, so the better assignment of the two is taken.
  if (concepts.length === 2) {
    const [a, b] = concepts
    const recolors = ({ cyan, digitKept }) => Math.min(cyan, digitKept)
    const reshapes = ({ one, colorKept }) => Math.min(one, colorKept)
    const [color, shape] = recolors(a) + reshapes(b) >= recolors(b) + reshapes(a) ? [a, b] : [b, a]
    add("judge: recoloring concept turns cyan", color.cyan, ">= 0.75")
    add("judge: recoloring concept keeps the digit", color.digitKept, ">= 0.75")
    add("judge: reshaping concept turns into a one", shape.one, ">= 0.75")
    add("judge: reshaping concept keeps the color", shape.colorKept, ">= 0.75")
  }
  for (const metric of metrics) add(metric.name, metric.value, metric.bar?.text)
}

if (values.times) {
  const image = join(root, "examples/quickstart/odd.png")
  const out = join(values.runs, "times")
  for (let i = 0; i < 5; i++) {
    const explain = ifnormal("explain", image, "--out", join(out, "explain"), "--quiet")
    add("seconds: explain one image, process start to result", explain.seconds, "<= 3")
    const demo = ifnormal("demo", "--out", join(out, "demo"), "--quiet")
    add("seconds: demo, process start to report", demo.seconds, "<= 60")
  }
}

const median = (list) => {
  const sorted = list.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
const result = {
  machine: `${cpus()[0]?.model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, node ${process.version}`,
  versions: JSON.parse(readFileSync(join(folder(seeds[0]), "run.json"), "utf8")).versions,
  config: values.config.replace(root, ""),
  seeds,
  rows: [...rows.values()].map(({ name, values: list, bar }) => ({
    name,
    median: median(list),
    low: Math.min(...list),
    high: Math.max(...list),
    values: list,
    bar,
  })),
}
if (values.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
else {
  process.stdout.write(
    `${result.machine}\n${JSON.stringify(result.versions)}\n${result.config}, seeds ${seeds.join(", ")}\n\n`,
  )
  const width = Math.max(...result.rows.map(({ name }) => name.length))
  process.stdout.write(`${"".padEnd(width)}    median       low      high   bar\n`)
  for (const { name, median: value, low, high, bar } of result.rows)
    process.stdout.write(
      `${name.padEnd(width)}${[value, low, high].map((number) => number.toFixed(4).padStart(10)).join("")}   ${bar ?? ""}\n`,
    )
}
