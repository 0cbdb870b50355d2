import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { detectorChecks, mocks } from "../src/index.js"

/** What `node --test` says of runner.mjs, which imports the built package. */
function nodeTest(env: Record<string, string>) {
  const file = fileURLToPath(new URL("runner.mjs", import.meta.url))
  const { status, stdout } = spawnSync(process.execPath, ["--test", "--test-reporter=tap", file], {
    env: { ...process.env, ...env },
    encoding: "utf8",
  })
  const names = (result: string) =>
    [...stdout.matchAll(new RegExp(`^ *${result} \\d+ - (.+)$`, "gm"))].map(([, name]) => name)
  return { status, passed: names("ok"), failed: names("not ok"), stdout }
}

test("node:test runs every check", () => {
  const { status, passed, failed } = nodeTest({})
  const checks = detectorChecks(mocks, "centroid").map(({ name }) => name)
  expect(passed.filter((name) => checks.includes(name!))).toEqual(checks)
  expect({ status, failed }).toEqual({ status: 0, failed: [] })
})

test("node:test fails with what a broken plugin breaks, and says why", () => {
  const { status, failed, stdout } = nodeTest({ BROKEN: "1" })
  expect(status).toBe(1)
  expect(failed.filter((name) => !name!.endsWith("runner.mjs"))).toEqual(["bound is increasing"])
  expect(stdout).toContain("bound falls from")
})
