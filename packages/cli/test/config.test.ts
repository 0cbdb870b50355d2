import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { engineWords, useBackend } from "../src/backend.js"
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
    engine: { ok: true, backend: "ort", provider: "cpu", convolution: "right", memory: "fast" },
    providers: {
      cpu: "works",
      webgpu: expect.stringMatching(/./),
      cuda: expect.stringMatching(/^not here: /),
    },
  })
})

test("threads and memory reach the engine, and doctor shows them", async () => {
  const { stdout } = await ifnormal(cwd, "doctor", "--json", "--threads", "1", "--memory", "low")
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, engine: { threads: 1, memory: "low" } })
  const { code, stderr } = await ifnormal(cwd, "doctor", "--memory", "tiny")
  expect(code).toBe(2)
  expect(stderr).toContain("fast, low")
})

test("memory is refused for an engine that has no such choice", async () => {
  await expect(useBackend({ backend: "cpu", memory: "low" })).rejects.toMatchObject({
    name: "ConfigError",
    code: "option-not-for-engine",
  })
})

test("commands printed for the user keep the engine's options", () => {
  expect(engineWords({ backend: "ort" })).toBe("")
  expect(engineWords({ backend: "cpu", threads: 3 })).toBe(" --backend cpu --threads 3")
  expect(engineWords({ backend: "ort", memory: "low" })).toBe(" --memory low")
})
