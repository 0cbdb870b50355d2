import "@tensorflow/tfjs-backend-cpu"
import * as tf from "@tensorflow/tfjs-core"
import { afterEach, beforeEach, expect, test } from "vitest"
import { MeanDetector, TableGenerator, thrown } from "../../test/fakes.js"
import { explain } from "./explain.js"
import { traverse } from "./traverse.js"

let detector: MeanDetector
let images: tf.Tensor4D
beforeEach(() => {
  detector = new MeanDetector()
  images = tf.tensor4d([1, 1, 1, 0, 1, 0, 0, 0], [2, 2, 2, 1])
})
afterEach(() => {
  detector.dispose()
  images.dispose()
})

/** Every pixel of every image is `value`. */
const filled = (value: number) => (x: tf.Tensor4D) => tf.fill(x.shape, value) as tf.Tensor4D
const statuses = async (table: TableGenerator["table"], options = {}) => {
  const generator = new TableGenerator(table)
  const found = await explain(images, { detector, generator }, { eps: 1, ...options })
  generator.dispose()
  return found.map(({ counterfactuals }) => counterfactuals.map(({ status }) => status))
}

test("every image gets a counterfactual per concept, re-scored, with its distance, in plain arrays", async () => {
  const generator = new TableGenerator([filled(0), filled(0.125)])
  const [first, second] = await explain(images, { detector, generator }, { eps: 1 })
  expect(first?.score).toBeCloseTo(0.75)
  expect(second?.score).toBeCloseTo(0.25)
  expect(first?.image).toEqual({ shape: [2, 2, 1], data: Float32Array.of(1, 1, 1, 0) })
  expect(first?.counterfactuals).toEqual([
    {
      image: { shape: [2, 2, 1], data: new Float32Array(4) },
      score: 0,
      concept: 0,
      alpha: 0,
      distance: 0.75,
      status: "valid",
    },
    {
      image: { shape: [2, 2, 1], data: new Float32Array(4).fill(0.125) },
      score: 0.125,
      concept: 1,
      alpha: 0,
      distance: (3 * 0.875 + 0.125) / 4,
      status: "valid",
    },
  ])
  generator.dispose()
})

test("target-missed: the detector scores the counterfactual further than tolerance from alpha", async () => {
  expect(await statuses([filled(0.5)])).toEqual([["target-missed"], ["target-missed"]])
  expect(await statuses([filled(0.5)], { tolerance: 0.5 })).toEqual([["valid"], ["valid"]])
  expect(await statuses([filled(0.5)], { alpha: 0.5 })).toEqual([["valid"], ["valid"]])
})

test("too-far: the distance to the original is above eps", async () => {
  expect(await statuses([filled(0)], { eps: 0.5 })).toEqual([["too-far"], ["valid"]])
})

test("not-distinct: closer than eps' to another concept's counterfactual", async () => {
  const table = [filled(0), filled(0.005), filled(0.1)]
  expect(await statuses(table)).toEqual(Array(2).fill(["not-distinct", "not-distinct", "valid"]))
  expect(await statuses(table, { epsPrime: 0 })).toEqual(Array(2).fill(["valid", "valid", "valid"]))
  expect(await statuses(table, { concepts: [2, 0] })).toEqual(Array(2).fill(["valid", "valid"]))
})

test("the first status that applies is given", async () => {
  expect(await statuses([filled(0.5), filled(0.5)], { eps: 0 })).toEqual(
    Array(2).fill(Array(2).fill("target-missed")),
  )
  expect(await statuses([filled(0), filled(0)], { eps: 0 })).toEqual(Array(2).fill(Array(2).fill("too-far")))
})

test("a score of a counterfactual that is NaN is an error, not a stamp", async () => {
  const generator = new TableGenerator([filled(Number.NaN)])
  const error = await thrown(() => explain(images, { detector, generator }))
  expect(error).toMatchObject({ name: "DataError", code: "data-score" })
  generator.dispose()
})

test("the result does not depend on the chunks, and the last chunk may be shorter", async () => {
  const generator = new TableGenerator([(x) => tf.mul(x, 0.25)])
  const many = tf.tensor4d(
    Float32Array.from({ length: 28 }, (_, i) => i / 28),
    [7, 2, 2, 1],
  )
  const whole = await explain(many, { detector, generator })
  expect(whole).toHaveLength(7)
  expect(await explain(many, { detector, generator }, { batchSize: 3 })).toEqual(whole)
  many.dispose()
  generator.dispose()
})

test("no images give no explanations", async () => {
  const none = tf.zeros([0, 2, 2, 1]) as tf.Tensor4D
  const generator = new TableGenerator([filled(0)])
  expect(await explain(none, { detector, generator })).toEqual([])
  none.dispose()
  generator.dispose()
})

test("no tensor is left over, whether it works or not, also when the generator returns its input", async () => {
  const generator = new TableGenerator([filled(0), (x) => tf.clone(x)])
  const same = Object.assign(new TableGenerator([filled(0)]), { generate: async (x: tf.Tensor4D) => x })
  const broken = Object.assign(new TableGenerator([filled(0)]), {
    generate: async () => tf.zeros([2, 3, 3, 1]) as tf.Tensor4D,
  })
  const before = tf.memory().numTensors
  await explain(images, { detector, generator })
  await explain(images, { detector, generator: same })
  await traverse(images, { detector, generator })
  expect(images.isDisposed).toBe(false)
  expect(await thrown(() => explain(images, { detector, generator: broken }))).toMatchObject({
    code: "shape-images",
  })
  await thrown(() => explain(images, { detector, generator }, { alpha: 2 }))
  expect(tf.memory().numTensors).toBe(before)
  for (const model of [generator, same, broken]) model.dispose()
})

test("images of another shape are refused with both shapes and the fix", async () => {
  const generator = new TableGenerator([filled(0)])
  const large = tf.zeros([1, 3, 3, 2]) as tf.Tensor4D
  const error = await thrown(() => explain(large, { detector, generator }))
  expect(error).toMatchObject({ name: "ShapeError", code: "shape-images" })
  expect(error.message).toBe("The detector expects images of [2, 2, 1], got [3, 3, 2].")
  expect(error.next).toContain("Resize")
  const single = tf.zeros([2, 2, 1]) as unknown as tf.Tensor4D
  expect((await thrown(() => explain(single, { detector, generator }))).next).toContain("expandDims")
  tf.dispose([large, single])
  generator.dispose()
})

test.each([Number.NaN, -0.1, 1.5, 255])("a pixel of %s is refused", async (value) => {
  const generator = new TableGenerator([filled(0)])
  const bad = tf.tensor4d([0, 0, 0, 0, 0, 0, 0, value], [2, 2, 2, 1])
  const error = await thrown(() => explain(bad, { detector, generator }, { batchSize: 1 }))
  expect(error).toMatchObject({ name: "DataError", code: "data-range" })
  expect(error.message).toMatch(/^Image 1 has the value /)
  bad.dispose()
  generator.dispose()
})

test.each([
  { alpha: -1 },
  { alpha: Number.NaN },
  { concepts: [2] },
  { concepts: [0, 0] },
  { concepts: [0.5] },
  { tolerance: -1 },
  { eps: Number.NaN },
  { epsPrime: -1 },
  { batchSize: 0 },
])("the option %j is refused", async (options) => {
  const generator = new TableGenerator([filled(0), filled(0)])
  const error = await thrown(() => explain(images, { detector, generator }, options))
  expect(error).toMatchObject({ name: "ConfigError", code: "config-invalid" })
  expect(error.message).toContain(Object.keys(options)[0])
  generator.dispose()
})

test("a film strip goes over alpha by concept, each counterfactual stamped for its own target", async () => {
  const toTarget = (x: tf.Tensor4D, alpha: tf.Tensor1D) =>
    tf.add(tf.zerosLike(x), tf.reshape(alpha, [-1, 1, 1, 1])) as tf.Tensor4D
  const generator = new TableGenerator([toTarget, filled(0)])
  const [first] = await traverse(images, { detector, generator }, { alphas: [1, 0.5, 0], eps: 1 })
  expect(first?.counterfactuals.map(({ concept, alpha, status }) => [concept, alpha, status])).toEqual([
    [0, 1, "valid"],
    [0, 0.5, "valid"],
    [0, 0, "not-distinct"],
    [1, 1, "target-missed"],
    [1, 0.5, "target-missed"],
    [1, 0, "not-distinct"],
  ])
  const [all] = await traverse(images, { detector, generator })
  expect(all?.counterfactuals.slice(0, 11).map(({ alpha }) => alpha)).toEqual([
    1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0,
  ])
  generator.dispose()
})
