import "@tensorflow/tfjs-backend-cpu"
import { metricChecks, runChecks } from "@ifnormal/testkit"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, describe, test } from "vitest"
import { metrics } from "./index.js"

beforeAll(() => tf.setBackend("cpu"))

const types = Object.keys(metrics.metrics).map((type) => [type, {}] as const)

describe.each([
  ...types,
  ["counterfactual-auroc", { concept: 1 }],
  ["validity", { alpha: 1, tolerance: 0.9 }],
  ["score-error", { alpha: 1, concept: 1 }],
] as const)("metric %s %j keeps every promise of the contract", (type, options) => {
  runChecks(test, metricChecks(metrics, type, { options, inputShape: [8, 6, 3], calls: 20 }))
})
