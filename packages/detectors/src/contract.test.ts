import "@tensorflow/tfjs-backend-cpu"
import { detectorChecks } from "@ifnormal/testkit"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, describe, test } from "vitest"
import { detectors } from "./index.js"

beforeAll(() => tf.setBackend("cpu"))

describe("detector bce keeps every promise of the contract", () => {
  const options = { inputShape: [8, 8, 3], options: { width: 2 }, calls: 20 } as const
  for (const { name, run } of detectorChecks(detectors, "bce", options)) test(name, run)
})
