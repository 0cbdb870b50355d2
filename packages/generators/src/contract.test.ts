import "@tensorflow/tfjs-backend-cpu"
import { BceDetector } from "@ifnormal/detectors"
import { generatorChecks } from "@ifnormal/testkit"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, describe, test } from "vitest"
import { generators } from "./index.js"

beforeAll(() => tf.setBackend("cpu"))

describe.each([[{}], [{ average: 0.9 }]])("generator gan keeps every promise of the contract, %j", (more) => {
  const checks = generatorChecks(generators, "gan", {
    inputShape: [8, 8, 3],
    options: { width: 2, ...more },
    calls: 20,
    fit: { batchSize: 8 },
    detector: (shape) => new BceDetector(shape, 1, { width: 2 }),
  })
  for (const { name, run } of checks) test(name, run)
})

describe.each([[{}], [{ prior: "none", robust: false, concepts: 1 }]])(
  "generator gradient keeps every promise of the contract, %j",
  (more) => {
    const checks = generatorChecks(generators, "gradient", {
      inputShape: [8, 6, 3],
      options: { steps: 4, examples: 5, ...more },
      calls: 10,
    })
    for (const { name, run } of checks) test(name, run)
  },
)
