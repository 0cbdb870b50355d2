// A third party's whole test file for node:test. BROKEN=1 tests a detector whose bound falls.
import test from "node:test"
import "@tensorflow/tfjs-backend-cpu"
import { detectorChecks, mocks, runChecks } from "@ifnormal/testkit"
import * as tf from "@tensorflow/tfjs-core"

const { centroid } = mocks.detectors
const falling = {
  ...centroid,
  create: (options, context) =>
    Object.assign(centroid.create(options, context), { bound: (raw) => tf.tidy(() => tf.exp(tf.neg(raw))) }),
}
const plugin = process.env.BROKEN ? { ...mocks, detectors: { centroid: falling } } : mocks

runChecks(test, detectorChecks(plugin, "centroid", { inputShape: [8, 6, 3] }))
