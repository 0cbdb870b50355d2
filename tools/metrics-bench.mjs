// Times our metrics against the Python libraries that their users come from, and prints the ratios, in Markdown.
// After `npm run build`:
//   npm run bench:metrics -- --python python3            every row; needs the peers that tools/reference names
//   npm run bench:metrics -- --rows auroc,frechet        some rows
//   npm run bench:metrics -- --pairs 5 --rounds 1        processes of each side, taking turns, and timed rounds in each
//   npm run bench:metrics -- --json
// A row is packages/metrics/bench/<name>.mjs against tools/reference/bench_<name>.py. Both make the same inputs by formula,
// warm up once, and print one line of JSON: { name, versions, seconds: [...] }. A ratio is ours / theirs of one pair of
// processes that ran one after the other, each by its median; the table has the median of the ratios and their range.
import { spawnSync } from "node:child_process"
import { readdirSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { load, machine } from "../packages/backend-ort/bench/machine.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))
const bench = join(root, "packages/metrics/bench")
const known = readdirSync(bench)
  .filter((file) => file.endsWith(".mjs"))
  .map((file) => file.slice(0, -".mjs".length))

const { values } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    rows: { type: "string", default: known.join(",") },
    pairs: { type: "string", default: "5" },
    rounds: { type: "string", default: "1" },
    threads: { type: "string", default: `${availableParallelism()}` },
    json: { type: "boolean", default: false },
  },
})
const wanted = values.rows.split(",").filter(Boolean)
const unknown = wanted.filter((row) => !known.includes(row))
if (unknown.length) {
  console.error(`Found row ${unknown.join(", ")}, expected one of ${known.join(", ")}.`)
  process.exit(2)
}
if (load() > 0.5) console.error(`The load is ${load()}: numbers of a busy machine say little.`)

/** One process of one side: what its line of JSON says. */
function side(command, file) {
  const { status, stdout, stderr } = spawnSync(command, [file, "--rounds", values.rounds], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
    env: {
      ...process.env,
      OMP_NUM_THREADS: values.threads,
      MKL_NUM_THREADS: values.threads,
      OPENBLAS_NUM_THREADS: values.threads,
    },
  })
  if (status !== 0) {
    console.error(`${file} failed:\n${stderr}`)
    process.exit(1)
  }
  return JSON.parse(stdout.trim().split("\n").at(-1))
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

const rows = wanted.map((name) => {
  const pairs = Array.from({ length: Number(values.pairs) }, () => [
    side(process.execPath, join(bench, `${name}.mjs`)),
    side(values.python, join(root, "tools/reference", `bench_${name}.py`)),
  ])
  const ratios = pairs.map(([ours, theirs]) => median(ours.seconds) / median(theirs.seconds))
  const [ours, theirs] = pairs[0]
  const row = {
    name: ours.name,
    ours: median(pairs.map(([one]) => median(one.seconds))),
    theirs: median(pairs.map(([, one]) => median(one.seconds))),
    ratio: median(ratios),
    range: [Math.min(...ratios), Math.max(...ratios)],
    versions: { ours: ours.versions, theirs: theirs.versions },
  }
  console.error(`${row.name}: ratio ${row.ratio.toFixed(2)}`)
  return row
})

const result = {
  machine: machine(),
  node: process.version,
  threads: Number(values.threads),
  pairs: Number(values.pairs),
  rounds: Number(values.rounds),
  rows,
}
if (values.json) console.log(JSON.stringify(result, null, 2))
else {
  const list = (versions) =>
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")
  console.log(`${result.machine}, Node ${result.node}, ${result.threads} threads; ${result.pairs} pairs of processes, ${result.rounds} timed rounds each after a warm-up; seconds are medians.

| what | ours, s | theirs, s | ours / theirs | range | against |
|---|---|---|---|---|---|
${rows
  .map(
    ({ name, ours, theirs, ratio, range, versions }) =>
      `| ${name} | ${ours.toFixed(2)} | ${theirs.toFixed(2)} | ${ratio.toFixed(2)} | ${range.map((end) => end.toFixed(2)).join(" to ")} | ${list(versions.theirs)} |`,
  )
  .join("\n")}`)
}
