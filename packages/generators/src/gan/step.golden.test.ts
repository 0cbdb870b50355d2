import "@tensorflow/tfjs-backend-cpu"
import * as tf from "@tensorflow/tfjs-core"
import { test } from "vitest"
import { expectGoldenSteps } from "../../test/golden-step.js"

test("whole training steps have PyTorch's terms and moving averages", async () => {
  await tf.setBackend("cpu")
  await expectGoldenSteps()
})
