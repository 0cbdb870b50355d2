// Prints "N passed, N failed" from vitest's own result; fails when a test is skipped that .ci/allowed-skips.json does not list.
import { existsSync, readFileSync } from "node:fs"

const [file, status] = process.argv.slice(2)
if (!existsSync(file)) {
  console.error(`The test runner wrote no result; npm test ended with status ${status}.`)
  process.exit(Number(status) || 1)
}
const result = JSON.parse(readFileSync(file, "utf8"))
const allowed = new Set(JSON.parse(readFileSync(new URL("./allowed-skips.json", import.meta.url), "utf8")))
const tests = result.testResults.flatMap((suite) => suite.assertionResults)
const skipped = tests.filter((test) => ["pending", "skipped", "todo"].includes(test.status))
const unexpected = skipped.filter((test) => !allowed.has(test.fullName))
// A suite that fails to load has no assertions of its own, yet it failed.
const broken = result.testResults.filter(
  (suite) => suite.status === "failed" && !suite.assertionResults.some((test) => test.status === "failed"),
)
for (const test of unexpected) console.error(`skipped without leave: ${test.fullName}`)
for (const suite of broken) console.error(`failed to load: ${suite.name}`)
const failed = result.numFailedTests + broken.length + unexpected.length
console.log(`${result.numPassedTests} passed, ${failed} failed`)
process.exit(failed > 0 || Number(status) !== 0 || result.numPassedTests === 0 ? 1 : 0)
