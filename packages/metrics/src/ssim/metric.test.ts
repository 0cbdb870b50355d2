import "@tensorflow/tfjs-backend-cpu"
import { metricChecks, runChecks } from "@ifnormal/testkit"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, describe, expect, test } from "vitest"
import { metrics } from "../index.js"
import { SsimMetric } from "./metric.js"
import { SSIM_RECIPES } from "./ssim.js"

beforeAll(() => tf.setBackend("cpu"))

describe.each(SSIM_RECIPES)("as %s the metric keeps every promise of the contract", (recipe) => {
  runChecks(test, metricChecks(metrics, "ssim", { options: { recipe }, inputShape: [11, 12, 3], calls: 3 }))
})

async function result(side: number, alpha = 0) {
  const metric = new SsimMetric()
  const images = tf.fill<tf.Rank.R4>([2, side, side, 1], 0.25)
  const numbers = Float64Array.of(alpha, 0)
  const concept = Int32Array.of(0, 0)
  await metric.update({
    ...{ role: "counterfactual", images, originals: images, concept },
    ...{ scores: numbers, phi: numbers, alpha: numbers },
  })
  return metric.compute()
}

test("equal images give 1, with the recipe", async () => {
  expect(await result(8)).toMatchObject({
    value: 1,
    n: 2,
    interval: [1, 1],
    recipe: expect.stringMatching(/^SSIM \(scikit-image defaults/),
  })
  expect(await result(8, 1)).toMatchObject({ n: 1 })
})

test("images smaller than the window are skipped with both sizes", async () => {
  expect((await result(6)).skipped).toBe(
    "SSIM as scikit-image computes it needs images of at least 7x7 pixels, found 6x6.",
  )
})
