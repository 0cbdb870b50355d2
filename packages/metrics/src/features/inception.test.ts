import { readFileSync } from "node:fs"
import { setOptions } from "@ifnormal/backend-ort"
import * as tf from "@tensorflow/tfjs-core"
import "@tensorflow/tfjs-backend-cpu"
import { beforeAll, expect, test } from "vitest"
import { formulaImage, formulaState } from "../../../../tools/reference/formula.mjs"
import { type ByteImages, featuresOfAll } from "./extractor.js"
import { type InceptionOptions, inceptionExtractor } from "./inception.js"
import { type InceptionRecipe, inceptionRecipes } from "./recipes.js"

interface Summary {
  readonly kept: readonly (readonly number[])[]
  readonly mean: readonly number[]
  readonly norm: readonly number[]
}
type Shape = [number, number, number]
interface Golden {
  readonly convolutions: readonly [string, number, number, number, number][]
  readonly sets: Readonly<Record<string, readonly Shape[]>>
  readonly recipes: Readonly<
    Record<
      InceptionRecipe,
      { readonly features: Record<string, Summary>; readonly layers?: Record<string, Summary> }
    >
  >
}
const golden = JSON.parse(
  readFileSync(new URL("__golden__/inception.json", import.meta.url), "utf8"),
) as Golden
const state = formulaState(golden.convolutions)

const imagesOf = (set: string): ByteImages[] =>
  golden.sets[set]!.map((shape, i) => ({
    shape,
    bytes: formulaImage(`inception ${set} ${i}`, shape),
    length: 1,
  }))

/** Largest difference relative to the feature vector's size: the root mean square of its numbers. */
function relativeError(found: Float32Array, dimensions: number, { kept, mean, norm }: Summary): number {
  const errors = kept.flatMap((values, row) => {
    const features = found.subarray(row * dimensions, (row + 1) * dimensions)
    const stride = Math.max(1, Math.floor(dimensions / 32))
    const size = norm[row]! / Math.sqrt(dimensions)
    const sum = features.reduce((total, value) => total + value, 0)
    const length = Math.hypot(...features)
    return [
      ...values.map((value, i) => Math.abs(value - features[i * stride]!) / size),
      Math.abs(sum / dimensions - mean[row]!) / mean[row]!,
      Math.abs(length - norm[row]!) / norm[row]!,
    ]
  })
  return Math.max(...errors)
}

const create = (options: InceptionOptions = {}) =>
  inceptionExtractor(state, { weightsHash: "formula", ...options })

beforeAll(async () => {
  setOptions({ threads: 2 })
  await tf.setBackend("ort")
})

test.each(inceptionRecipes)("%s: features of images of six sizes are its own", async (recipe) => {
  const extractor = create({ recipe, batch: 4 })
  for (const [set, summary] of Object.entries(golden.recipes[recipe].features)) {
    const found = await featuresOfAll(extractor, imagesOf(set))
    expect(relativeError(found, 2048, summary)).toBeLessThanOrEqual(1e-4)
    console.log(recipe, set, relativeError(found, 2048, summary))
  }
  extractor.dispose()
})
