import { detector, type ImageShape, type Plugin } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import "@tensorflow/tfjs-backend-cpu"
import { beforeAll, describe, expect, test } from "vitest"
import { z } from "zod"
import { failing, pluginOf } from "../test/failing.js"
import {
  CentroidDetector,
  datasetChecks,
  detectorChecks,
  generatorChecks,
  metricChecks,
  mocks,
  mockTrainingData,
  runChecks,
} from "./index.js"

const inputShape: ImageShape = [8, 6, 3]
beforeAll(() => tf.setBackend("cpu"))

describe("the mock detector keeps every promise", () =>
  runChecks(test, detectorChecks(mocks, "centroid", { inputShape })))
describe("the mock generator keeps every promise", () =>
  runChecks(test, generatorChecks(mocks, "fade", { inputShape })))
describe("the mock metric keeps every promise", () => runChecks(test, metricChecks(mocks, "change")))
describe("the mock data set keeps every promise", () => runChecks(test, datasetChecks(mocks, "blobs")))

test("checks name what a plugin does not have", () => {
  expect(() => detectorChecks(mocks, "center")).toThrow(/no detector "center"/)
  expect(() => generatorChecks(mocks, "center")).toThrow(/no generator "center"/)
  expect(() => metricChecks(mocks, "center")).toThrow(/no metric "center"/)
  expect(() => datasetChecks(mocks, "center")).toThrow(/no data set "center"/)
})

class Falling extends CentroidDetector {
  override bound(raw: tf.Tensor1D): tf.Tensor1D {
    return tf.tidy(() => tf.exp(tf.neg(raw)))
  }
}
const falling = pluginOf({
  detectors: {
    centroid: detector({
      options: z.strictObject({}),
      create: (_, context) => new Falling(context.inputShape),
    }),
  },
})

test("a declared failure passes while it fails, and fails when it passes", async () => {
  const expectedFailures = { "bound is increasing": "by design" }
  const found = async (plugin: Plugin) =>
    failing(detectorChecks(plugin, "centroid", { inputShape, calls: 5, expectedFailures }))
  expect(await found(falling)).toEqual([])
  expect(await found(mocks)).toEqual(["bound is increasing (fails as declared: by design)"])
  expect(() => detectorChecks(mocks, "centroid", { expectedFailures: { typo: "" } })).toThrow(
    /the checks are/,
  )
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
