import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { createDetector, createGenerator, createRegistry } from "@ifnormal/core"
import { saveModel } from "@ifnormal/core/node"
import { detectors } from "@ifnormal/detectors"
import { generators } from "@ifnormal/generators"
import { afterAll, beforeAll, expect, test } from "vitest"
import { explainFile } from "./main.js"

let run: string

// A run of two networks as small as they get, with their first weights.
beforeAll(async () => {
  run = mkdtempSync(join(tmpdir(), "ifnormal-quickstart-"))
  const registry = createRegistry([detectors, generators])
  const options = { width: 2 }
  const detector = await createDetector(
    registry,
    { type: "bce", options },
    { inputShape: [28, 28, 3], seed: 1 },
  )
  const generator = await createGenerator(registry, { type: "gan", options }, { detector, seed: 1 })
  await saveModel(join(run, "detector"), detector, { plugin: detectors, type: "bce", options, seed: 1 })
  await saveModel(join(run, "generator"), generator, {
    plugin: generators,
    type: "gan",
    options,
    seed: 1,
    detector,
  })
})
afterAll(() => rmSync(run, { recursive: true, force: true }))

test("the quickstart explains its picture by two concepts", async () => {
  const { score, counterfactuals } = await explainFile(
    run,
    fileURLToPath(new URL("odd.png", import.meta.url)),
  )
  expect(score).toBeGreaterThan(0)
  expect(counterfactuals.map(({ concept }) => concept)).toEqual([0, 1])
  for (const { image } of counterfactuals) expect(image.data).toHaveLength(28 * 28 * 3)
})
