import type { AnomalySplit, ImageSource } from "@ifnormal/core"
import { expect, test } from "vitest"
import { countSplit, partData } from "./data.js"

const images = (length: number): ImageSource => ({
  shape: [1, 1, 1],
  length,
  labels: new Int32Array(length),
  read: async (rows) => new Uint8Array(rows.length),
})
const split: AnomalySplit = {
  trainNormal: images(9),
  outliers: images(8),
  labelledAnomalies: images(7),
  validationNormal: images(1),
  validationAnomalies: images(1),
  testNormal: images(1),
  testAnomalies: images(1),
}

test("labelled anomalies replace outlier exposure for the detector, not for the generator", () => {
  expect(partData("detector", split).outliers).toBe(7)
  expect(partData("generator", split).outliers).toBe(8)
  const { labelledAnomalies: _, ...plain } = split
  expect(partData("detector", plain).outliers).toBe(8)
  expect(countSplit(split)).toMatchObject({ "outlier exposure": 8, "labelled anomalies": 7 })
  expect(countSplit(plain)).not.toHaveProperty("labelled anomalies")
})
