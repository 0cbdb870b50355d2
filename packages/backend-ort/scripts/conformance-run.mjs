// Runs the bundled specs on one backend in this process and sends the result of each to the parent.
// Started by conformance.mjs with one argument, JSON: { backend: "ort" | "cpu", passes: "on" | "off", only?: string }
import { createRequire } from "node:module"
import { bundlePath } from "./conformance-bundle.mjs"

const { backend, passes, only } = JSON.parse(process.argv[2])
const require = createRequire(import.meta.url)
const Jasmine = require("jasmine")
const runner = new Jasmine()
runner.exitOnCompletion = false
const { core, jasmineUtil, loadSpecs, ort, passNames } = require(bundlePath)
// Specs of what is logged look at their own spies.
for (const method of ["log", "warn", "error"]) console[method] = () => {}
if (passes === "off") ort.setOptions({ disablePasses: passNames })

/** Calls of the running spec, and the input types of all calls by kernel: { native, fallback }. */
let calls = 0
const kernels = {}
const fallbackCount = (name) => ort.stats().fallbacks[name] ?? 0

// Counted from outside, so that the engine pays nothing for it.
for (const config of core.getKernelsForBackend(backend)) {
  const { kernelName, kernelFunc } = config
  const seen = { native: new Set(), fallback: new Set() }
  kernels[kernelName] = seen
  core.unregisterKernel(kernelName, backend)
  core.registerKernel({
    ...config,
    kernelFunc: (call) => {
      calls++
      const before = fallbackCount(kernelName)
      const result = kernelFunc(call)
      const types = Object.values(call.inputs ?? {}).flatMap((input) => input?.dtype ?? [])
      const answered = fallbackCount(kernelName) === before ? seen.native : seen.fallback
      for (const type of types) answered.add(type)
      return result
    },
  })
}

// describeWithFlags reads the environments while the spec files are evaluated.
jasmineUtil.setTestEnvs([{ name: "conformance", backendName: backend, flags: {}, isDataSync: true }])
// Specs outside describeWithFlags take whatever backend is there.
await core.setBackend(backend)
jasmine.DEFAULT_TIMEOUT_INTERVAL = 60_000
loadSpecs()

let total = 0
const matches = new RegExp(only ?? "")
jasmine.getEnv().configure({
  random: false,
  specFilter: (spec) => {
    total++
    return matches.test(spec.getFullName())
  },
})
const specs = []
runner.clearReporters()
runner.addReporter({
  specStarted: () => {
    calls = 0
    ort.resetStats()
  },
  specDone: ({ status, fullName: name, failedExpectations: [failure] }) => {
    if (status === "excluded") return
    const message = failure?.message.split("\n")[0].slice(0, 300)
    specs.push({ name, status, calls, fallbacks: Object.keys(ort.stats().fallbacks), message })
  },
})
await runner.execute()
const dtypes = Object.fromEntries(
  Object.entries(kernels).map(([name, { native, fallback }]) => [
    name,
    { native: [...native].sort(), fallback: [...fallback].sort() },
  ]),
)
process.send({ total, specs, dtypes }, () => process.exit(0))
