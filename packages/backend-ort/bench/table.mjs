// Measures the engine against PyTorch on this machine and prints the table of bars, in Markdown. After `npm run build`:
//   npm run bench -- --python python3          the whole table, about 20 minutes on 2 cores
//   npm run bench -- --rows gan28,start        some rows; ids: see rows.mjs
//   npm run bench -- --rounds 9                rounds in which all sides take turns, at least 7 for a table to quote
//   npm run bench -- --threads 2               of both sides
//   npm run bench -- --compile-limit 300       seconds for each of torch.compile's first steps; 0 leaves it out
//   npm run bench -- --results bench.json      rows measured before stay in the file, and all are printed
//   npm run bench -- --check                   instead: do both sides compute the same from the same numbers?
//   npm run bench -- --json
// Seeds are fixed (1 ours, 0 PyTorch's own draws). Rows with PyTorch take the better of its two memory layouts.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { parseArgs } from "node:util"
import { check } from "./check.mjs"
import { load, machine } from "./machine.mjs"
import { markdown } from "./markdown.mjs"
import { withoutTorch } from "./measure.mjs"
import { rows } from "./rows.mjs"

const { values } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    rows: { type: "string", default: Object.keys(rows).join(",") },
    rounds: { type: "string", default: "9" },
    threads: { type: "string", default: `${availableParallelism()}` },
    "compile-limit": { type: "string", default: "300" },
    results: { type: "string" },
    check: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
})
if (values.check) process.exit(check(values.python) ? 0 : 1)

const context = {
  python: values.python,
  rounds: Number(values.rounds),
  threads: Number(values.threads),
  compileLimit: Number(values["compile-limit"]),
  noTorch: withoutTorch(values.python),
}
const wanted = values.rows.split(",").filter(Boolean)
const unknown = wanted.filter((id) => !(id in rows))
if (unknown.length) {
  console.error(`Found row ${unknown.join(", ")}, expected one of ${Object.keys(rows).join(", ")}.`)
  process.exit(2)
}
if (context.noTorch)
  console.error(`PyTorch is left out: ${context.noTorch}. Name a Python that has it with --python.`)
if (load() > 0.5) console.error(`The load is ${load()}: numbers of a busy machine say little.`)

const known =
  values.results && existsSync(values.results) ? JSON.parse(readFileSync(values.results, "utf8")) : {}
for (const id of wanted) {
  const before = load()
  const began = performance.now()
  const result = await rows[id].measure(context)
  const seconds = Math.round((performance.now() - began) / 1000)
  known[id] = {
    title: rows[id].title,
    machine: machine(),
    node: process.version,
    threads: context.threads,
    rounds: context.rounds,
    load: [before, load()],
    date: new Date().toISOString(),
    ...result,
  }
  console.error(`${rows[id].title}: ${seconds} s`)
  if (!values.results) continue
  // Whole or not at all.
  writeFileSync(`${values.results}.partial`, `${JSON.stringify(known, null, 2)}\n`)
  renameSync(`${values.results}.partial`, values.results)
}
const measured = Object.fromEntries(Object.keys(rows).flatMap((id) => (known[id] ? [[id, known[id]]] : [])))
console.log(values.json ? JSON.stringify(measured, null, 2) : markdown(measured))
