// The specs of conformance.mjs on @tensorflow/tfjs-node, which the project in the current folder has installed
// (docs/decisions/0006): node path/to/conformance-tensorflow.mjs [regular expression]. Prints counts and the failing specs.
import { fork } from "node:child_process"
import { createRequire } from "node:module"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { bundleConformance } from "./conformance-bundle.mjs"

const tfjsNode = createRequire(join(process.cwd(), "package.json")).resolve("@tensorflow/tfjs-node")
await bundleConformance()
const argument = JSON.stringify({ backend: "tensorflow", passes: "on", only: process.argv[2] })
const child = fork(fileURLToPath(new URL("./conformance-run.mjs", import.meta.url)), [argument], {
  // Before the bundle: tfjs's engine and kernel tables are globals of the process.
  execArgv: ["--require", tfjsNode],
  stdio: ["ignore", "ignore", "ignore", "ipc"],
})
child.on("message", ({ total, specs }) => {
  const failed = specs.filter(({ status }) => status === "failed")
  for (const { name, message } of failed) console.log(`FAIL ${name} :: ${message}`)
  const passed = specs.filter(({ status }) => status === "passed").length
  console.log(JSON.stringify({ specs: total, run: specs.length, passed, failed: failed.length }))
})
child.on("exit", (code, signal) => {
  if (code !== 0) console.error(`The specs ended early with ${signal ?? `status ${code}`}.`)
  process.exitCode = code ?? 1
})
