import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import type { ByteImages, FeatureExtractor } from "../features/extractor.js"
import { cachedExtractor } from "./feature-cache.js"

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "features-"))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Features [first byte, number of bytes] and a count of the images that were computed. */
function fake(id = "fake") {
  const asked = { images: 0 }
  const extractor: FeatureExtractor = {
    recipe: "fake",
    dimensions: 2,
    id,
    async features({ bytes, length }) {
      asked.images += length
      return Float32Array.from({ length: 2 * length }, (_, i) =>
        i % 2 ? bytes.length / length : bytes[(i / 2) * (bytes.length / length)]!,
      )
    },
    dispose() {},
  }
  return { extractor, asked }
}
const images = (values: readonly number[], width = 1): ByteImages => ({
  shape: [1, width, 1],
  bytes: Uint8Array.from(values.flatMap((value) => new Array(width).fill(value))),
  length: values.length,
})
const files = async () => {
  const [extractor] = await readdir(folder)
  return (await readdir(join(folder, extractor!))).map((name) => join(folder, extractor!, name))
}

test("images that were seen before are not computed again, by content, in any order", async () => {
  const { extractor, asked } = fake()
  const first = await cachedExtractor(extractor, { folder })
  expect([...(await first.features(images([7, 9, 7])))]).toEqual([7, 1, 9, 1, 7, 1])
  expect(asked.images).toBe(2)
  const second = await cachedExtractor(extractor, { folder })
  expect([...(await second.featuresOfAll!([images([9]), images([9], 3), images([7])]))]).toEqual([
    9, 1, 9, 3, 7, 1,
  ])
  expect(asked.images).toBe(3)
  expect(second.counts).toEqual({ found: 2, computed: 1 })
})

test("another extractor finds nothing", async () => {
  await (await cachedExtractor(fake().extractor, { folder })).features(images([7]))
  const other = fake("other weights")
  await (await cachedExtractor(other.extractor, { folder })).features(images([7]))
  expect(other.asked.images).toBe(1)
})

test("a damaged file is deleted and its images are computed again", async () => {
  const { extractor, asked } = fake()
  await (await cachedExtractor(extractor, { folder })).features(images([7]))
  const [path] = await files()
  const bytes = await readFile(path!)
  bytes[bytes.length - 33]! ^= 1
  await writeFile(path!, bytes)
  expect([...(await (await cachedExtractor(extractor, { folder })).features(images([7])))]).toEqual([7, 1])
  expect(asked.images).toBe(2)
  await writeFile(path!, bytes.subarray(0, 40))
  await cachedExtractor(extractor, { folder })
  expect(await files()).toEqual([])
  expect(asked.images).toBe(2)
})

test("beyond its limit the oldest files go", async () => {
  const { extractor, asked } = fake()
  const cache = await cachedExtractor(extractor, { folder })
  await cache.features(images([1]))
  await cache.features(images([2]))
  expect(await files()).toHaveLength(2)
  await cachedExtractor(extractor, { folder, limit: 300 })
  expect(await files()).toHaveLength(1)
  const empty = await cachedExtractor(extractor, { folder, limit: 0 })
  await empty.features(images([1, 2]))
  expect(asked.images).toBe(4)
})

test("a folder that cannot be written is told once and costs no result", async () => {
  const { extractor } = fake()
  const path = join(folder, "file")
  await writeFile(path, "")
  const problems: string[] = []
  const cache = await cachedExtractor(extractor, {
    folder: path,
    onProblem: (message) => problems.push(message),
  })
  expect([...(await cache.features(images([7])))]).toEqual([7, 1])
  await cache.features(images([8]))
  expect(problems).toHaveLength(1)
})
