import { expect, test } from "vitest"
import { explainHazelnuts } from "./main.js"

test("a foreign model is scored, differentiated and explained", async () => {
  const { detector, normal, marked, explanations } = await explainHazelnuts(1, { steps: 40 })
  expect({ gradients: detector.gradients, missing: detector.missingOperators }).toEqual({
    gradients: "exact",
    missing: [],
  })
  expect(Math.max(...normal)).toBeLessThan(0.5)
  expect(Math.min(...marked)).toBeGreaterThan(0.9)
  const [{ score, counterfactuals }] = explanations as [(typeof explanations)[number]]
  expect(score).toBeGreaterThan(0.9)
  expect(counterfactuals).toHaveLength(1)
  expect(counterfactuals[0]!.score).toBeLessThan(score)
  detector.dispose()
})
