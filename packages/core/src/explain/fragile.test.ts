import "@tensorflow/tfjs-backend-cpu"
import * as tf from "@tensorflow/tfjs-core"
import { afterEach, beforeEach, expect, test } from "vitest"
import { MeanDetector, TableGenerator, thrown } from "../../test/fakes.js"
import { explain } from "./explain.js"
import { fragility } from "./fragile.js"
import { traverse } from "./traverse.js"

/** Largest step between neighbors in a row: what noise raises and blur lowers. */
class EdgeDetector extends MeanDetector {
  override rawScore(x: tf.Tensor4D): tf.Tensor1D {
    const [n, height, width, channels] = x.shape
    return tf.tidy(() => {
      const left = tf.slice(x, [0, 0, 0, 0], [n, height, width - 1, channels])
      const right = tf.slice(x, [0, 0, 1, 0], [n, height, width - 1, channels])
      return tf.mul(tf.max(tf.abs(tf.sub(right, left)), [1, 2, 3]), this.variables.gain) as tf.Tensor1D
    })
  }
}

const shape = [8, 8, 1] as const
const flat = { image: { shape, data: new Float32Array(64).fill(0.5) }, alpha: 0 }
const striped = {
  image: { shape, data: Float32Array.from({ length: 64 }, (_, i) => (i % 2 ? 0.9 : 0.1)) },
  alpha: 1,
}
let mean: MeanDetector
let edge: EdgeDetector
beforeEach(() => {
  mean = new MeanDetector(shape, 0.2)
  edge = new EdgeDetector(shape, 20)
})
afterEach(() => {
  mean.dispose()
  edge.dispose()
})

test("a score that survives noise and blur is not fragile", async () => {
  expect(await fragility([flat, flat], mean, 0.25)).toEqual([undefined, undefined])
})

test("a score that noise moves is fragile, and the sentence names noise and score", async () => {
  const [found] = await fragility([flat], edge, 0.25)
  expect(found).toMatch(/^Fragile: 5 of 5 copies with noise of 0.008 miss the target, one scores 0\.\d\d\.$/)
  expect(await fragility([flat], edge, 0.25, { noise: 0.0005 })).toEqual([undefined])
})

test("a score that blur moves is fragile", async () => {
  const soft = new EdgeDetector(shape, 1.25)
  const [found] = await fragility([striped], soft, 0.25, { blur: 1 })
  expect(found).toMatch(/^Fragile: blurred by 1 pixels it scores 0\.\d\d\.$/)
  expect(await fragility([striped], soft, 0.25, { blur: 0 })).toEqual([undefined])
  soft.dispose()
})

test("a score that the second detector does not confirm is fragile", async () => {
  const second = new MeanDetector(shape, 1.8)
  expect(await fragility([flat], mean, 0.25, { second })).toEqual([
    "Fragile: the second detector scores it 0.90.",
  ])
  second.dispose()
})

test("the draws depend on the seed alone", async () => {
  const limit = { noise: 0.004, slack: 0, draws: 1 }
  const score = async (seed: number) => (await fragility([flat], edge, 0, { ...limit, seed }))[0]
  expect(await score(1)).toBe(await score(1))
  expect(await score(1)).not.toBe(await score(2))
})

test("options below 0 and a second detector of other images are refused", async () => {
  expect(await thrown(() => fragility([flat], mean, 0.25, { noise: -1 }))).toMatchObject({
    code: "config-invalid",
  })
  const second = new MeanDetector([2, 2, 1])
  const error = await thrown(() => fragility([flat], mean, 0.25, { second }))
  expect(error.message).toBe("The second detector expects images of [2, 2, 1], got [8, 8, 1].")
  second.dispose()
})

test("explain stamps valid counterfactuals fragile with the reason; a film strip does not; no tensor is left over", async () => {
  const x = tf.fill([1, ...shape], 0.8) as tf.Tensor4D
  const generator = new TableGenerator([(y) => tf.mul(y, 0.5), (y) => tf.mul(y, 0.25)], shape)
  const model = { detector: edge, generator }
  const before = tf.memory().numTensors
  const [found] = await explain(x, model, { eps: 1 })
  expect(found?.counterfactuals.map(({ status }) => status)).toEqual(["fragile", "fragile"])
  expect(found?.counterfactuals[0]?.note).toMatch(/^Fragile: /)
  const [untested] = await explain(x, model, { eps: 1, fragile: false })
  expect(untested?.counterfactuals.map(({ status }) => status)).toEqual(["valid", "valid"])
  const [strip] = await traverse(x, model, { eps: 1, alphas: [0] })
  expect(strip?.counterfactuals.map(({ status }) => status)).toEqual(["valid", "valid"])
  const [missed] = await explain(x, model, { eps: 0.1 })
  expect(missed?.counterfactuals[0]).toMatchObject({ status: "too-far" })
  expect(missed?.counterfactuals[0]).not.toHaveProperty("note")
  expect(tf.memory().numTensors).toBe(before)
  x.dispose()
  generator.dispose()
})
