import "@tensorflow/tfjs-backend-cpu"
import type { SessionRunner } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, expect, test } from "vitest"
import type { Exportable } from "./export.js"
import { goldenDifferences } from "./golden.js"

beforeAll(() => tf.setBackend("cpu"))

/** score = 1000 x + concept */
const exportable: Exportable = {
  part: "detector",
  inputs: { x: { dtype: "float32", shape: [] }, concept: { dtype: "int32", shape: [] } },
  weights: {},
  run: ({ x, concept }) => tf.tidy(() => ({ score: tf.add(tf.mul(x!, 1000), tf.cast(concept!, "float32")) })),
}

/** An engine that computes the same and then errs by `error(value)`. */
function runner(engine: string, error: (value: number) => number): SessionRunner & { batches: number[] } {
  const batches: number[] = []
  return {
    engine,
    batches,
    load: async () => ({
      inputs: [],
      outputs: [],
      dispose: async () => {},
      async run({ x, concept }) {
        batches.push(x!.dims[0]!)
        const values = Float32Array.from(x!.data as Float32Array, (value, i) => {
          const exact = value * 1000 + Number(concept!.data[i])
          return exact + error(exact)
        })
        return { score: { dtype: "float32", dims: x!.dims, data: values } }
      },
    }),
  }
}

test("files that agree pass with their largest difference, relative above 1", async () => {
  const exact = runner("exact", () => 0)
  const near = runner("near", (value) => value * 5e-5)
  let runs = 0
  const found = await goldenDifferences(exportable, new Uint8Array(), 4, [exact, near], () => runs++)
  expect(found.exact).toBe(0)
  expect(found.near).toBeGreaterThan(4e-5)
  expect(found.near).toBeLessThan(6e-5)
  expect([runs, exact.batches]).toEqual([6, [1, 3, 64]])
})

test.each([
  ["off", (value: number) => value * 2e-4],
  ["not a number", () => Number.NaN],
])("a file whose values are %s fails the export and names the engine", async (_, error) => {
  const runners = [runner("exact", () => 0), runner("wrong", error)]
  await expect(goldenDifferences(exportable, new Uint8Array(), 4, runners, () => {})).rejects.toMatchObject({
    code: "export-differs",
    message: expect.stringMatching(/on wrong, expected at most 0.0001/),
  })
})
