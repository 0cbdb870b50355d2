// The same training and layers on every engine that `--backend` can choose here: ort, cpu, and tensorflow where the project has
// @tensorflow/tfjs-node (docs/decisions/0006).
import { createRequire } from "node:module"
import { join } from "node:path"
import { describe, test } from "vitest"
import { expectGoldenLayer, layerNames } from "../../core/test/layers.js"
import { expectGoldenSteps } from "../../generators/test/golden-step.js"
import { useBackend } from "../src/backend.js"
import { BACKENDS, type BackendName } from "../src/options.js"

const addons: Partial<Record<BackendName, string>> = {
  tensorflow: "@tensorflow/tfjs-node",
  "tensorflow-gpu": "@tensorflow/tfjs-node-gpu",
}

function installed(backend: BackendName): boolean {
  const addon = addons[backend]
  if (!addon) return true
  try {
    createRequire(join(process.cwd(), "package.json")).resolve(addon)
    return true
  } catch {
    return false
  }
}

describe.each(BACKENDS.filter(installed))("%s", (backend) => {
  test("whole training steps have PyTorch's terms and moving averages", async () => {
    await useBackend({ backend })
    await expectGoldenSteps()
  })

  test.each(layerNames)("%s has PyTorch's value, gradients and states", async (name) => {
    await useBackend({ backend })
    expectGoldenLayer(name)
  })
})
