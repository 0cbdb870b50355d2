import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { measure } from "./main.js"

test("metrics need no engine: hazelnuts with pen marks differ from good ones, good ones not from themselves", async () => {
  const data = fileURLToPath(new URL("../../fixtures/hazelnut-toy/", import.meta.url))
  const odd = await measure(`${data}train/good`, `${data}test/colour`)
  const same = await measure(`${data}train/good`, `${data}train/good`)
  expect(odd.recipe).toMatch(/^custom:[0-9a-f]{12}$/)
  expect(odd.n).toEqual({ odd: 17, normal: 28 })
  expect(odd.fid).toBeGreaterThan(100 * Math.max(same.fid, 1e-9))
  expect(same.auroc).toBe(0.5)
  expect(odd.auroc).toBeGreaterThan(0.5)
  expect(odd.interval[0]).toBeLessThanOrEqual(odd.auroc)
  expect(odd.interval[1]).toBeGreaterThanOrEqual(odd.auroc)
})
