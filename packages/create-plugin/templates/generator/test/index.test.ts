import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import "@tensorflow/tfjs-backend-cpu"
import { generatorChecks, runChecks } from "@ifnormal/testkit"
import plugin from "../src/index.ts"

runChecks(test, generatorChecks(plugin, "example", { inputShape: [8, 8, 3] }))

test("name and version are those of package.json: checkpoints record them", () => {
  const { name, version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
  assert.deepEqual([plugin.name, plugin.version], [name, version])
})
