import "@tensorflow/tfjs-backend-cpu"
import { type CheckOptions, detectorChecks } from "@ifnormal/testkit"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, describe, test } from "vitest"
import { detectors } from "./index.js"

beforeAll(() => tf.setBackend("cpu"))

const small = { inputShape: [8, 8, 3], calls: 20 } as const
const cases: [type: string, options: CheckOptions][] = [
  ["bce", { ...small, options: { width: 2 } }],
  ["bce", { inputShape: [8, 8, 3], calls: 5, options: { encoder: "cnn32", width: 2 } }],
  ["bce", { inputShape: [32, 32, 1], calls: 5, options: { encoder: "resnet", width: 1 } }],
  ["hsc", { ...small, options: { width: 2, features: 4 } }],
  ["dsvdd", { ...small, options: { width: 2, features: 4 } }],
  ["dsvdd", { ...small, options: { width: 2, features: 4, bound: "exponential", quirks: "eoe" } }],
  ["fcdd", { ...small, options: { width: 2 } }],
  ["supervised", { ...small, options: { width: 2 } }],
]

describe.each(cases)("detector %s %o keeps every promise of the contract", (type, options) => {
  for (const { name, run } of detectorChecks(detectors, type, options)) test(name, run)
})
