import { decodeImage } from "@ifnormal/datasets"
import { expect, test } from "vitest"
import { encodePng } from "./png.js"

test.each([1, 3] as const)("a PNG of %i channels reads back to the same bytes", async (channels) => {
  const shape = [5, 7, channels] as const
  const data = Float32Array.from({ length: 35 * channels }, (_, i) => i / (35 * channels - 1))
  const { bytes, notes } = await decodeImage(encodePng({ shape, data }), shape)
  expect(notes).toEqual([])
  expect([...bytes]).toEqual([...data].map((value) => Math.round(255 * value)))
})
