import "@tensorflow/tfjs-backend-cpu"
import type { MetricContext } from "@ifnormal/core"
import { metricChecks, runChecks } from "@ifnormal/testkit"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, describe, test } from "vitest"
import { metrics } from "./index.js"

beforeAll(() => tf.setBackend("cpu"))

// Recall, density and coverage are of precision's class.
const features = ["fid", "fid-n", "kid", "precision"]
const context: Omit<MetricContext, "inputShape"> = { bootstrap: { draws: 60 } }
/** Training is slow on the cpu backend. */
const quick: Record<string, object> = { "post-hoc-concept-accuracy": { epochs: 1 } }
const types = Object.keys(metrics.metrics).map((type) => [type, quick[type] ?? {}] as const)

describe.each(features)("metric %s of digits keeps every promise of the contract", (type) => {
  const options = { extractor: "digits" }
  runChecks(test, metricChecks(metrics, type, { options, context, inputShape: [28, 28, 3], calls: 5 }))
})

describe.each([
  ...types,
  ["counterfactual-auroc", { concept: 1 }],
  ["validity", { alpha: 1, tolerance: 0.9 }],
  ["score-error", { alpha: 1, concept: 1 }],
] as const)("metric %s %j keeps every promise of the contract", (type, options) => {
  runChecks(test, metricChecks(metrics, type, { options, inputShape: [8, 6, 3], calls: 20 }))
})
