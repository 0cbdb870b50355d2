// tfjs-core's own op specs against this backend. Usage, after the build: node scripts/conformance.mjs [regular expression]
// Prints counts and the failing specs; exits 1 when a spec fails that test/exclusions.json does not explain, or when the
// bundle lost its specs (a bundler that drops them leaves a green run of 74).
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const MINIMUM = 4200
const here = dirname(fileURLToPath(import.meta.url))
const require = createRequire(import.meta.url)
const only = process.argv[2] && new RegExp(process.argv[2])
const exclusions = JSON.parse(readFileSync(join(here, "..", "test", "exclusions.json"), "utf8"))
const outfile = join(here, "..", "generated", "conformance.cjs")

await build({
  entryPoints: [join(here, "conformance-entry.mjs")],
  bundle: true,
  platform: "node",
  format: "cjs",
  mainFields: ["module", "main"],
  ignoreAnnotations: true,
  external: ["jasmine", "onnxruntime-node"],
  // jasmine_util requires it by name; it is jasmine's dependency, not ours.
  alias: {
    "jasmine-core": dirname(createRequire(require.resolve("jasmine")).resolve("jasmine-core/package.json")),
  },
  define: { "import.meta.url": "importMetaUrl" },
  banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href' },
  outfile,
  logLevel: "error",
})

const Jasmine = require("jasmine")
const runner = new Jasmine()
runner.exitOnCompletion = false
const { jasmineUtil, loadSpecs, ort } = require(outfile)
console.warn = () => {}
// describeWithFlags reads the environments while the spec files are evaluated.
jasmineUtil.setTestEnvs([{ name: "ort", backendName: "ort", flags: {}, isDataSync: true }])
jasmine.DEFAULT_TIMEOUT_INTERVAL = 60_000
loadSpecs()

let total = 0
const counts = { passed: 0, failed: 0, pending: 0, excluded: 0 }
const native = { passed: 0 }
const failures = []
let before = 0
const fallbacks = () => Object.values(ort.stats().fallbacks).reduce((sum, count) => sum + count, 0)
jasmine.getEnv().configure({
  random: false,
  specFilter: (spec) => {
    total++
    const name = spec.getFullName()
    return name.includes(" ort ") && (!only || only.test(name))
  },
})
runner.clearReporters()
runner.addReporter({
  specStarted: () => {
    before = fallbacks()
  },
  specDone: ({ status, fullName, failedExpectations }) => {
    counts[status]++
    if (status === "passed" && fallbacks() === before) native.passed++
    if (status === "failed")
      failures.push([fullName, failedExpectations[0].message.split("\n")[0].slice(0, 160)])
  },
})
await runner.execute()

const known = failures.filter(([name]) => name in exclusions)
const unknown = failures.filter(([name]) => !(name in exclusions))
for (const [name, message] of unknown) console.log(`FAIL ${name} :: ${message}`)
console.log(
  JSON.stringify({ specs: total, ...counts, passedWithoutFallback: native.passed, explained: known.length }),
)
if (!only && total < MINIMUM) console.log(`Only ${total} specs were found; ${MINIMUM} were expected.`)
process.exit(unknown.length > 0 || (!only && total < MINIMUM) ? 1 : 0)
