import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { readExperiment } from "../src/jobs/experiment.js"
import { ifnormal, tinyExperiment } from "./support.js"

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "ifnormal-config-"))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

test("init writes a commented experiment that can be read, and does not replace it", async () => {
  const { code, stdout } = await ifnormal(cwd, "init", "mine", "--yes")
  expect(code).toBe(0)
  expect(stdout).toContain("ifnormal train detector experiment.yaml")
  expect(readFileSync(join(cwd, "experiment.yaml"), "utf8")).toContain("# ")
  const experiment = await readExperiment(join(cwd, "experiment.yaml"))
  expect(experiment).toMatchObject({ name: "mine", setup: { normal: ["one", { color: "cyan" }] } })
  const again = await ifnormal(cwd, "init", "other", "--yes")
  expect(again.code).toBe(2)
  expect(again.stderr).toContain("error[file-exists]")
})

test("a .ts experiment is run because the user names it", async () => {
  const file = join(cwd, "experiment.ts")
  writeFileSync(
    file,
    `const steps: number = 7\nexport default { ...${JSON.stringify(tinyExperiment())}, seed: steps }\n`,
  )
  expect((await readExperiment(file)).seed).toBe(7)
})

test("doctor says whether the engine computes, and on which providers", async () => {
  const { code, stdout } = await ifnormal(cwd, "doctor", "--json")
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    ok: true,
    engine: { ok: true, backend: "ort", provider: "cpu", convolution: "right" },
    providers: {
      cpu: "works",
      webgpu: expect.stringMatching(/./),
      cuda: expect.stringMatching(/^not here: /),
    },
  })
})
