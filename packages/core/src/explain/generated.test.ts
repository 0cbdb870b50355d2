import "@tensorflow/tfjs-backend-cpu"
import * as tf from "@tensorflow/tfjs-core"
import { expect, test } from "vitest"
import { MeanDetector, TableGenerator, thrown } from "../../test/fakes.js"
import { explain } from "./explain.js"
import { traverse } from "./traverse.js"

const detector = () => new MeanDetector()
const images = () => tf.fill([3, 2, 2, 1], 0.75) as tf.Tensor4D

/** Concept k is the image times k / 4; records how it was called. */
class Joint extends TableGenerator {
  readonly calls: { rows: number; alpha: number; concepts: readonly number[] }[] = []
  stopAfter = Number.POSITIVE_INFINITY
  readonly controller = new AbortController()

  constructor() {
    super([() => tf.zeros([1, 2, 2, 1]), () => tf.zeros([1, 2, 2, 1])])
  }

  override async generateAll(x: tf.Tensor4D, alpha: tf.Tensor1D, concepts: readonly number[]) {
    this.calls.push({ rows: x.shape[0], alpha: (await alpha.data())[0] as number, concepts })
    if (this.calls.length === this.stopAfter) this.controller.abort()
    return concepts.map((k) => ({
      images: tf.mul(x, k / 4) as tf.Tensor4D,
      notes: Array.from({ length: x.shape[0] }, () => (k === 1 ? "one" : undefined)),
    }))
  }
}

test("generateAll makes all concepts of a target in one call, image by image, and its notes are carried over", async () => {
  const [model, x] = [{ detector: detector(), generator: new Joint() }, images()]
  const before = tf.memory().numTensors
  const found = await explain(x, model, { eps: 1, epsPrime: 0, concepts: [1, 0], fragile: false })
  expect(tf.memory().numTensors).toBe(before)
  expect(model.generator.calls).toEqual(Array(3).fill({ rows: 1, alpha: 0, concepts: [1, 0] }))
  expect(
    found.map(({ counterfactuals }) => counterfactuals.map(({ concept, note }) => [concept, note])),
  ).toEqual(
    Array(3).fill([
      [1, "one"],
      [0, undefined],
    ]),
  )
  await explain(x, model, { batchSize: 4 })
  expect(model.generator.calls.at(-1)?.rows).toBe(3)
})

test("over several targets the order stays by concept, then target", async () => {
  const [model, x] = [{ detector: detector(), generator: new Joint() }, images()]
  const [first] = await traverse(x, model, { alphas: [1, 0] })
  expect(first?.counterfactuals.map(({ concept, alpha }) => [concept, alpha])).toEqual([
    [0, 1],
    [0, 0],
    [1, 1],
    [1, 0],
  ])
})

test.each([["searching"], ["plain"]])("progress counts images times concepts, %s generator", async (kind) => {
  const generator =
    kind === "searching" ? new Joint() : new TableGenerator([(y) => tf.clone(y), (y) => tf.clone(y)])
  const seen: string[] = []
  const onProgress = (done: number, total: number) => seen.push(`${done}/${total}`)
  await explain(images(), { detector: detector(), generator }, { onProgress, batchSize: 1 })
  expect(seen).toEqual(
    kind === "searching" ? ["2/6", "4/6", "6/6"] : ["1/6", "2/6", "3/6", "4/6", "5/6", "6/6"],
  )
})

test("a signal leaves out the images that were not begun", async () => {
  const generator = new Joint()
  generator.stopAfter = 2
  const found = await explain(
    images(),
    { detector: detector(), generator },
    { signal: generator.controller.signal },
  )
  expect(found).toHaveLength(2)
})

test("a generator that returns another number of batches is refused", async () => {
  const generator = Object.assign(new Joint(), { generateAll: async () => [] })
  const error = await thrown(() => explain(images(), { detector: detector(), generator }))
  expect(error).toMatchObject({ name: "PluginError", code: "generator-count" })
  expect(error.message).toContain("0 batches")
})

test("a detector of scores only is enough", async () => {
  const scores = Object.assign(detector(), {
    gradients: "none" as const,
    rawScore: () => {
      throw new Error("not this one")
    },
    rawScoreBatch: async (x: tf.Tensor4D) => tf.tidy(() => tf.mean(x, [1, 2, 3]) as tf.Tensor1D),
  })
  const [found] = await explain(images(), { detector: scores, generator: new Joint() }, { eps: 1 })
  expect(found?.counterfactuals.map(({ status }) => status)).toEqual(["valid", "valid"])
})
