import "@tensorflow/tfjs-backend-cpu"
import * as tf from "@tensorflow/tfjs-core"
import { expect, test } from "vitest"
import { MeanDetector, ramp, TableGenerator } from "../../test/fakes.js"
import { bucketSize, buckets } from "./bucket.js"
import { explain } from "./explain.js"
import { scoreImages } from "./score.js"
import { traverse } from "./traverse.js"

test("1 to 64 images make seven bucket sizes, each holding its images", () => {
  const sizes = Array.from({ length: 64 }, (_, i) => bucketSize(i + 1, 64))
  expect(new Set(sizes)).toEqual(new Set([1, 2, 4, 8, 16, 32, 64]))
  for (const [i, size] of sizes.entries()) expect(size).toBeGreaterThanOrEqual(i + 1)
  expect([bucketSize(33, 48), bucketSize(48, 48), bucketSize(3, 48)]).toEqual([48, 48, 4])
})

test("a source and a tensor give the same buckets, the last one padded by its last image", async () => {
  const images = tf.tensor4d(
    Float32Array.from({ length: 14 }, (_, i) => Math.floor(i / 2) / 255),
    [7, 1, 2, 1],
  )
  for (const input of [ramp(7), images]) {
    const seen: [number, number[]][] = []
    for await (const { x, n } of buckets(input, 4))
      seen.push([
        n,
        Array.from(await x.data(), (value) => Math.round(255 * value)).filter((_, i) => i % 2 === 0),
      ])
    expect(seen).toEqual([
      [4, [0, 1, 2, 3]],
      [3, [4, 5, 6, 6]],
    ])
  }
  images.dispose()
})

test("models see bucket sizes only, and results are those of each image by itself", async () => {
  const detector = new MeanDetector()
  const seen = new Set<number>()
  const generator = new TableGenerator([
    (x, alpha) => tf.mul(x, tf.reshape(tf.add(alpha, 0.25), [-1, 1, 1, 1])),
  ])
  const generate = generator.generate.bind(generator)
  generator.generate = async (x, alpha, concept) => {
    seen.add(x.shape[0])
    return generate(x, alpha, concept)
  }
  const images = tf.tensor4d(
    Float32Array.from({ length: 44 }, (_, i) => ((i * 37) % 100) / 100),
    [11, 2, 2, 1],
  )
  const model = { detector, generator }
  const together = {
    explained: await explain(images, model, { batchSize: 8 }),
    strips: await traverse(images, model, { batchSize: 8, alphas: [0, 1] }),
    scores: await scoreImages(images, detector, 8),
  }
  expect([...seen].sort()).toEqual([4, 8])
  expect(together.explained).toHaveLength(11)
  expect(together.scores.raw).toHaveLength(11)
  for (let i = 0; i < 11; i++) {
    const one = tf.slice(images, [i, 0, 0, 0], [1, -1, -1, -1])
    expect(together.explained[i]).toEqual((await explain(one, model))[0])
    expect(together.strips[i]).toEqual((await traverse(one, model, { alphas: [0, 1] }))[0])
    expect(together.scores.raw[i]).toBe((await scoreImages(one, detector)).raw[0])
    one.dispose()
  }
  for (const each of [images, detector, generator]) each.dispose()
})
