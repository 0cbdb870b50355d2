import { parseExperiment } from "@ifnormal/core"
import { expect, test } from "vitest"
import { applyPlan, planSteps } from "./budget.js"
import { coloredMnistRecipe } from "./recipe.js"

test("a budget buys as many steps as fit, with a margin, at least ten and at most what is asked for", () => {
  expect(planSteps("generator", 600, 0.5).steps).toBe(1140)
  expect(planSteps("generator", 600, 0.5, 1000).steps).toBe(1000)
  expect(planSteps("generator", 1, 0.5).steps).toBe(10)
  expect(planSteps("detector", 60, 0.1, 4).steps).toBe(4)
})

test("a plan changes the steps of its part only", () => {
  const experiment = parseExperiment(coloredMnistRecipe)
  const planned = applyPlan(experiment, planSteps("detector", 100, 1))
  expect(planned.detector.training).toEqual({ ...experiment.detector.training, steps: 95 })
  expect(planned.generator).toEqual(experiment.generator)
})
