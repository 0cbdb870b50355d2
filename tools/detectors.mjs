// Trains the detectors on real data and writes docs/benchmarks/detectors.{json,md}: AuROC and mean scores on test images,
// three seeds each, with machine and versions.
//   npm run detectors                        trains what is missing (resumable, about a minute a detector), then writes
//   npm run detectors -- --only hsc          rows whose name has "hsc"
//   npm run detectors -- --only-print        from the runs that exist
//   npm run detectors -- --part validation   prints validation AuROC instead: what options were chosen on
//   npm run detectors -- --threads 1         threads of each training (the weights depend on it in the last bits)
//   npm run detectors -- --cache folder      where rendered letters are kept, default ~/.cache/ifnormal
//   npm run detectors -- --fashion folder    Fashion-MNIST's idx files; default: where Debian's dataset-fashion-mnist is
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { cpus, homedir, totalmem } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { rows } from "./detectors-rows.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: join(root, "runs/detectors") },
    only: { type: "string", default: "" },
    part: { type: "string", default: "test" },
    threads: { type: "string", default: "1" },
    cache: { type: "string", default: join(homedir(), ".cache/ifnormal") },
    fashion: { type: "string", default: "/usr/share/datasets/fashion-mnist" },
    "only-print": { type: "boolean", default: false },
  },
})
const target = join(root, "docs/benchmarks/detectors")
const wanted = rows({ fashion: existsSync(values.fashion) ? values.fashion : undefined }).filter(({ name }) =>
  name.includes(values.only),
)

function ifnormal(...args) {
  const { status } = spawnSync(process.execPath, [join(root, "packages/cli/bin/ifnormal.mjs"), ...args], {
    cwd: root,
    env: { ...process.env, IFNORMAL_CACHE: values.cache },
    stdio: ["ignore", "ignore", "inherit"],
  })
  if (status === 0) return
  process.stderr.write(`ifnormal ${args.join(" ")} ended with status ${status}\n`)
  process.exit(status ?? 1)
}

for (const { name, seed, experiment } of values["only-print"] ? [] : wanted) {
  const run = join(values.runs, name)
  if (existsSync(join(run, "detector/manifest.json"))) continue
  process.stderr.write(`${name}\n`)
  mkdirSync(run, { recursive: true })
  writeFileSync(join(run, "config.json"), JSON.stringify(experiment))
  const resume = existsSync(join(run, "detector/resume")) ? ["--resume"] : []
  const options = ["--run", run, "--seed", String(seed), "--threads", values.threads, "--quiet", ...resume]
  ifnormal("train", "detector", join(run, "config.json"), ...options)
}

const { createDataset, createRegistry, scoreImages, splitAnomalies } = await import(
  "../packages/core/dist/index.js"
)
const { loadDetector } = await import("../packages/core/dist/node/index.js")
const { auroc, aurocInterval } = await import("../packages/metrics/dist/index.js")
const { setOptions } = await import("../packages/backend-ort/dist/index.js")
const tf = createRequire(join(root, "packages/core/package.json"))("@tensorflow/tfjs-core")
const { datasets } = await import("../packages/datasets/dist/index.js")
const { detectors } = await import("../packages/detectors/dist/index.js")
const registry = createRegistry([datasets, detectors])
setOptions({ threads: Number(values.threads) })
await tf.setBackend("ort")

const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length

/** AuROC and mean scores of one run; the test part is read only for the numbers that are written. */
async function measure({ name, seed, experiment }) {
  const folder = join(values.runs, name, "detector")
  const { type, ...options } = experiment.dataset
  const dataset = await createDataset(
    registry,
    { type, options },
    { cacheDir: values.cache, offline: true, seed },
  )
  const { normal, anomalies } = experiment.setup
  const split = await splitAnomalies(dataset, { normal, ...(anomalies && { anomalies }) }, { seed })
  const detector = await loadDetector(folder, registry)
  const [low, high] = [
    await scoreImages(split[`${values.part}Normal`], detector),
    await scoreImages(split[`${values.part}Anomalies`], detector),
  ]
  detector.dispose()
  const { training } = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"))
  return {
    auroc: auroc(low.raw, high.raw),
    interval: aurocInterval(low.raw, high.raw),
    aurocOfPhi: auroc(low.phi, high.phi),
    phiNormal: mean([...low.phi]),
    phiAnomalies: mean([...high.phi]),
    n: [low.raw.length, high.raw.length],
    seconds: training.seconds,
  }
}

const groups = new Map()
for (const row of wanted) {
  if (!existsSync(join(values.runs, row.name, "detector/manifest.json"))) continue
  const cached = join(values.runs, row.name, `${values.part}.json`)
  const result = existsSync(cached) ? JSON.parse(readFileSync(cached, "utf8")) : await measure(row)
  writeFileSync(cached, JSON.stringify(result))
  process.stderr.write(
    `${row.name} ${values.part}: AuROC ${result.auroc.toFixed(4)}, of phi ${result.aurocOfPhi.toFixed(4)}, phi ${result.phiNormal.toFixed(3)} ${result.phiAnomalies.toFixed(3)}, ${result.seconds.toFixed(0)} s\n`,
  )
  const key = `${row.setup}|${row.detector}`
  groups.set(key, groups.get(key) ?? { setup: row.setup, detector: row.detector, bar: row.bar, runs: [] })
  groups.get(key).runs.push({ seed: row.seed, ...result })
}
if (values.part !== "test" || values.only !== "") process.exit(0)

const percent = (value) => (100 * value).toFixed(2)
const range = (list) => `${percent(Math.min(...list))} - ${percent(Math.max(...list))}`
const summary = [...groups.values()].map((group) => {
  const each = (key) => group.runs.map((run) => run[key])
  const aurocs = each("auroc")
  const intervals = each("interval")
  return {
    ...group,
    line: [
      group.setup,
      group.detector,
      String(group.runs.length),
      percent(mean(aurocs)),
      range(aurocs),
      `${percent(Math.min(...intervals.map(([a]) => a)))} - ${percent(Math.max(...intervals.map(([, b]) => b)))}`,
      mean(each("phiNormal")).toFixed(3),
      mean(each("phiAnomalies")).toFixed(3),
      mean(each("seconds")).toFixed(0),
      group.bar ?? "",
    ],
  }
})
const versions = {
  node: process.version,
  ifnormal: JSON.parse(readFileSync(join(root, "packages/cli/package.json"), "utf8")).version,
}
const machine = `${cpus()[0]?.model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`
writeFileSync(
  `${target}.json`,
  `${JSON.stringify({ machine, threads: values.threads, versions, groups: [...groups.values()] }, null, 2)}\n`,
)
const head = [
  "setup (normal)",
  "detector",
  "seeds",
  "AuROC, mean %",
  "min - max",
  "95 % bootstrap, widest",
  "mean phi normal",
  "mean phi anomalies",
  "training s",
  "bar",
]
const table = [head, head.map(() => "---"), ...summary.map(({ line }) => line)]
writeFileSync(
  `${target}.md`,
  `# Detectors on real data

Written by \`npm run detectors\`. ${machine}; ${values.threads} thread(s) per training; node ${versions.node}, ifnormal ${versions.ifnormal}. Normal test images against all other test images; AuROC of the raw score. The bootstrap interval redraws test images (1000 draws) and is the union over the seeds. Options were chosen on validation images cut off the training part; configs are in \`tools/detectors-rows.mjs\`. Training seconds were taken on a busy machine.

${table.map((line) => `| ${line.join(" | ")} |`).join("\n")}
`,
)
