// tfjs-core's own specs against this backend, with all passes on and with all off; what tfjs-backend-cpu passes is the
// yardstick. From the root: npm run conformance -- [--json] [--passes on|off] [--only <regular expression>] [--table]
// Exits 1 when a spec that the cpu backend passes does not pass here and test/exclusions.ts has no reason for it, when an
// exclusion passes, or when the bundle lost its specs (a bundler that drops them leaves a green run of 74).
import { fork } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { transform } from "esbuild"
import { bundleConformance } from "./conformance-bundle.mjs"
import { kernelsTable } from "./kernels-table.mjs"

const SPECS = 4232
const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))
const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    passes: { type: "string", default: "both" },
    only: { type: "string" },
    table: { type: "boolean", default: false },
  },
})

async function readExclusions() {
  const { code } = await transform(readFileSync(path("../test/exclusions.ts"), "utf8"), { loader: "ts" })
  return (await import(`data:text/javascript,${encodeURIComponent(code)}`)).exclusions
}

/** Each run has a process: specs reset the engine and register backends of their own. */
function runSpecs(backend, passes = "on") {
  return new Promise((resolve, reject) => {
    const argument = JSON.stringify({ backend, passes, only: options.only })
    const child = fork(path("./conformance-run.mjs"), [argument], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    })
    child.on("message", resolve)
    child.on("exit", (code) => reject(new Error(`The specs of ${backend} ended early with status ${code}.`)))
  })
}

/** Names repeat in a few suites, so each gets its number. */
function byName(specs) {
  const seen = new Map()
  return new Map(
    specs.map((spec) => {
      const count = (seen.get(spec.name) ?? 0) + 1
      seen.set(spec.name, count)
      return [count === 1 ? spec.name : `${spec.name} (${count})`, spec]
    }),
  )
}

function summarize({ total, specs }, reference, exclusions) {
  const found = byName(specs)
  const passed = specs.filter((spec) => spec.status === "passed")
  const ran = passed.filter((spec) => spec.calls > 0)
  const native = ran.filter((spec) => spec.fallbacks.length === 0)
  const fallbacks = {}
  for (const name of ran.flatMap((spec) => spec.fallbacks)) fallbacks[name] = (fallbacks[name] ?? 0) + 1
  const required = [...reference].filter(([, spec]) => spec.status === "passed").map(([name]) => name)
  const missed = required.filter((name) => found.get(name)?.status !== "passed")
  return {
    specs: total,
    passed: passed.length,
    pending: specs.filter((spec) => spec.status === "pending").length,
    excluded: missed.filter((name) => name in exclusions),
    failed: missed
      .filter((name) => !(name in exclusions))
      .map((name) => ({ name, message: found.get(name)?.message ?? "not defined on this backend" })),
    needlessExclusions: Object.keys(exclusions).filter((name) => found.get(name)?.status === "passed"),
    ranKernels: ran.length,
    native: native.length,
    hostFallback: ran.length - native.length,
    fallbacks: Object.fromEntries(Object.entries(fallbacks).sort(([, a], [, b]) => b - a)),
  }
}

const start = performance.now()
await bundleConformance()
const exclusions = await readExclusions()
const wanted = options.passes === "both" ? ["on", "off"] : [options.passes]
const [cpu, ...results] = await Promise.all([runSpecs("cpu"), ...wanted.map((p) => runSpecs("ort", p))])
const reference = byName(cpu.specs)
const runs = Object.fromEntries(wanted.map((p, i) => [p, summarize(results[i], reference, exclusions)]))
const report = {
  cpu: { specs: cpu.total, passed: cpu.specs.filter((spec) => spec.status === "passed").length },
  passes: runs,
  exclusions,
  seconds: Math.round((performance.now() - start) / 1000),
}
const complete = cpu.total >= SPECS
const good = Object.values(runs).every((run) => run.failed.length + run.needlessExclusions.length === 0)

if (options.json) {
  console.log(JSON.stringify({ ...report, kernels: kernelsTable(results[0].dtypes) }, null, 2))
} else {
  console.log(`cpu backend: ${report.cpu.passed} of ${report.cpu.specs} specs pass`)
  for (const [p, run] of Object.entries(runs)) {
    const share = ((100 * run.native) / run.ranKernels).toFixed(1)
    console.log(
      `ort, passes ${p}: ${run.passed} of ${run.specs} pass, ${run.failed.length} fail, ${run.excluded.length} excluded; ` +
        `${run.ranKernels} ran kernels, ${run.native} of them (${share} %) without the host, ${run.hostFallback} with it`,
    )
    for (const { name, message } of run.failed) console.log(`FAIL ${name} :: ${message}`)
    for (const name of run.needlessExclusions) console.log(`NEEDLESS EXCLUSION ${name}`)
  }
  if (options.table) console.table(runs[wanted[0]].fallbacks)
}
if (!complete) console.error(`Only ${cpu.total} specs were found; ${SPECS} were expected.`)
process.exit(good && complete ? 0 : 1)
