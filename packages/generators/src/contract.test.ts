import "@tensorflow/tfjs-backend-cpu"
import { definePlugin, type GeneratorContext } from "@ifnormal/core"
import { BceDetector } from "@ifnormal/detectors"
import { CentroidDetector, generatorChecks, mockTrainingData } from "@ifnormal/testkit"
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

/** The same generators, shown normal images as soon as they are made: without any they refuse to work. */
const shown = definePlugin({
  ...generators,
  generators: Object.fromEntries(
    Object.entries(generators.generators).map(([name, entry]) => [
      name,
      {
        ...entry,
        async create(options: unknown, context: GeneratorContext) {
          const made = await entry.create(options, context)
          const fit = { steps: 1, batchSize: 4, learningRate: 0, seed: 3 }
          await made.fit(mockTrainingData(context.detector.inputShape), fit)
          return made
        },
      },
    ]),
  ),
})

class FeatureDetector extends CentroidDetector {
  override features(x: tf.Tensor4D): tf.Tensor2D {
    return tf.tidy(() => tf.mean(x, [1, 2]) as tf.Tensor2D)
  }
}

describe.each([
  ["gradient", { steps: 3 }],
  ["nearest", {}],
  ["nearest", { distance: "features", concepts: 3 }],
  ["search", { evaluations: 30, patch: 2 }],
])("generator %s keeps every promise of the contract once it has normal images, %j", (type, more) => {
  const checks = generatorChecks(shown, type, {
    inputShape: [8, 6, 3],
    options: { examples: 5, ...more },
    calls: 5,
    detector: (shape) => new FeatureDetector(shape),
  })
  for (const { name, run } of checks) test(name, run)
})
