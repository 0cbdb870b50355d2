import { definePlugin, detector, generator, type ImageShape } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import "@tensorflow/tfjs-backend-cpu"
import { beforeAll, describe, expect, test } from "vitest"
import { z } from "zod"
import {
  CentroidDetector,
  type Check,
  detectorChecks,
  FadeGenerator,
  generatorChecks,
  mocks,
  mockTrainingData,
} from "./index.js"

const inputShape: ImageShape = [8, 6, 3]
beforeAll(() => tf.setBackend("cpu"))

describe("the mock detector keeps every promise", () => {
  for (const { name, run } of detectorChecks(mocks, "centroid", { inputShape })) test(name, run)
})
describe("the mock generator keeps every promise", () => {
  for (const { name, run } of generatorChecks(mocks, "fade", { inputShape })) test(name, run)
})

async function failing(checks: Check[]): Promise<string[]> {
  const names: string[] = []
  for (const { name, run } of checks)
    await run().catch((error) => {
      expect(error).toMatchObject({ name: "CheckError", code: "check-failed" })
      names.push(name)
    })
  return names
}

const pluginOf = (Broken: new (shape: ImageShape) => CentroidDetector) =>
  definePlugin({
    name: "broken",
    version: "1.0.0",
    contract: 1,
    detectors: {
      broken: detector({
        options: z.strictObject({}),
        create: (_, context) => new Broken(context.inputShape),
      }),
    },
  })

class Leaking extends CentroidDetector {
  override async rawScoreBatch(x: tf.Tensor4D) {
    tf.scalar(1)
    return super.rawScoreBatch(x)
  }
}
class WrongGradient extends CentroidDetector {
  override rawScore(x: tf.Tensor4D) {
    const twice = tf.customGrad((images) => ({
      value: tf.clone(images as tf.Tensor),
      gradFunc: (dy: tf.Tensor) => tf.mul(dy, 2),
    }))
    return tf.tidy(() => super.rawScore(twice(x) as tf.Tensor4D))
  }
}
class Falling extends CentroidDetector {
  override bound(raw: tf.Tensor1D): tf.Tensor1D {
    return tf.tidy(() => tf.exp(tf.neg(raw)))
  }
}
class Forgetful extends CentroidDetector {
  private scale = 1
  override async fit(...args: Parameters<CentroidDetector["fit"]>) {
    await super.fit(...args)
    this.scale = 2
  }
  override rawScore(x: tf.Tensor4D) {
    return tf.tidy(() => tf.mul(super.rawScore(x), this.scale) as tf.Tensor1D)
  }
}
class OfTheBatch extends CentroidDetector {
  override rawScore(x: tf.Tensor4D) {
    return tf.tidy(() => tf.add(super.rawScore(x), tf.mean(x)) as tf.Tensor1D)
  }
}
class AnyShape extends CentroidDetector {
  override rawScore(x: tf.Tensor4D) {
    return tf.tidy(() => super.rawScore(tf.slice(x, 0, [-1, 8, 6, 3])))
  }
}

test.each([
  [Leaking, ["tensor count is flat over many calls", "dispose frees everything"]],
  [WrongGradient, ["gradient agrees with finite differences"]],
  [Falling, ["bound is increasing"]],
  [Forgetful, ["saved and loaded, the output is bit-equal"]],
  [OfTheBatch, ["score of a batch equals scores one by one"]],
  [AnyShape, ["an error on a wrong shape names both shapes"]],
])("a broken detector fails what it breaks: %o", async (Broken, names) => {
  expect(await failing(detectorChecks(pluginOf(Broken), "broken", { inputShape, calls: 5 }))).toEqual(names)
})

test.each([
  [
    "an image's counterfactual does not depend on its batch",
    class extends FadeGenerator {
      override generate(x: tf.Tensor4D, alpha: tf.Tensor1D, concept: tf.Tensor1D) {
        const average = tf.tidy(() => tf.add(tf.mul(alpha, 0), tf.mean(alpha)) as tf.Tensor1D)
        return super.generate(x, average, concept).finally(() => average.dispose())
      }
    },
  ],
  [
    "counterfactuals have the images' shape and lie in [0, 1]",
    class extends FadeGenerator {
      override async generate(x: tf.Tensor4D, alpha: tf.Tensor1D, concept: tf.Tensor1D) {
        const faded = await super.generate(x, alpha, concept)
        const out = tf.add(faded, 1) as tf.Tensor4D
        faded.dispose()
        return out
      }
    },
  ],
])("a broken generator fails exactly: %s", async (name, Broken) => {
  const plugin = definePlugin({
    name: "broken",
    version: "1.0.0",
    contract: 1,
    generators: {
      broken: generator({
        options: z.strictObject({}),
        create: (_, context) => new Broken(context.detector.inputShape, 2, context.seed),
      }),
    },
  })
  expect(await failing(generatorChecks(plugin, "broken", { inputShape, calls: 5 }))).toEqual([name])
})

test("a declared failure passes while it fails, and fails when it passes", async () => {
  const expectedFailures = { "bound is increasing": "by design" }
  const found = async (plugin: typeof mocks | ReturnType<typeof pluginOf>, type: string) =>
    failing(detectorChecks(plugin as typeof mocks, type, { inputShape, calls: 5, expectedFailures }))
  expect(await found(pluginOf(Falling), "broken")).toEqual([])
  expect(await found(mocks, "centroid")).toEqual(["bound is increasing (fails as declared: by design)"])
  expect(() => detectorChecks(mocks, "centroid", { expectedFailures: { typo: "" } })).toThrow(
    /the checks are/,
  )
  expect(() => detectorChecks(mocks, "center")).toThrow(/no detector "center"/)
})

test("mock training data depends on seed and step alone", async () => {
  const batch = async (start: number, skip: number) => {
    for await (const { x, outlier } of mockTrainingData(inputShape).batches({
      size: 4,
      seed: 1,
      outliers: true,
      start,
    }))
      if (skip-- === 0) return [...(await x.data()), ...(await outlier.data())]
    return []
  }
  expect(await batch(2, 0)).toEqual(await batch(0, 2))
  expect((await batch(0, 0)).slice(-4)).toEqual([0, 0, 1, 1])
  expect(await batch(0, 0)).not.toEqual(await batch(1, 0))
})
