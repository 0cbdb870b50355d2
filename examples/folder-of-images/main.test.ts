import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { explainFolder } from "./main.js"

test("two folders of pictures are enough: odd ones score high, most have a counterfactual that scores normal", async () => {
  const data = fileURLToPath(new URL("../../fixtures/hazelnut-toy/", import.meta.url))
  const explanations = await explainFolder(`${data}train/good`, `${data}test/colour`)
  expect(explanations).toHaveLength(8)
  expect(explanations.filter(({ score }) => score > 0.5).length).toBeGreaterThanOrEqual(6)
  const reached = explanations.filter(({ counterfactuals }) => counterfactuals[0]!.score < 0.25)
  expect(reached.length).toBeGreaterThanOrEqual(6)
}, 60_000)
