import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import sharp from "sharp"
import { expect, test } from "vitest"
import { emnistLetters } from "./emnist.js"
import { encodeIdx } from "./idx.js"
import { datasets } from "./plugin.js"
import { contactSheet, dataCheck } from "./preview.js"
import { distanceTo } from "./signed-distance.js"
import { memorySource } from "./source.js"

const context = { cacheDir: join(tmpdir(), "ifnormal-none"), offline: true, seed: 1 }

test("the plugin makes data sets from validated options", async () => {
  expect(Object.keys(datasets.datasets)).toEqual([
    "mnist",
    "colored-mnist",
    "letters",
    "emnist-letters",
    "folder",
  ])
  const entry = datasets.datasets["colored-mnist"]
  const dataset = await entry.create(entry.options.parse({}), context)
  expect([dataset.name, dataset.classNames[1]]).toEqual(["colored-mnist", "one"])
  const [ours, other] = [1, 2].map(async (seed) =>
    (await entry.create(entry.options.parse({ seed }), context)).test().then((s) => s.attributes!.color),
  )
  expect((await dataset.test()).attributes!.color).toEqual(await ours)
  expect(await other).not.toEqual(await ours)
  expect(() => entry.options.parse({ colour: 1 })).toThrow(/colour/)
  expect(() => datasets.datasets.letters.options.parse({ count: 0 })).toThrow(/count/)
})

test("EMNIST's letters are turned upright and go without i and l", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ifnormal-emnist-"))
  const labels = Uint8Array.of(1, 9, 12, 13)
  const pixels = Uint8Array.from({ length: 16 }, (_, i) => i)
  await writeFile(join(folder, "emnist-letters-train-images-idx3-ubyte"), encodeIdx([4, 2, 2], pixels))
  await writeFile(join(folder, "emnist-letters-train-labels-idx1-ubyte"), encodeIdx([4], labels))
  const dataset = emnistLetters({ folder, colored: false, seed: 1 })
  const source = await dataset.train()
  expect([...source.labels].map((label) => dataset.classNames[label])).toEqual(["a", "m"])
  expect([...(await source.read([0, 1]))]).toEqual([0, 2, 1, 3, 12, 14, 13, 15])
  expect(Object.keys(await dataset.files())).toHaveLength(2)
  await rm(folder, { recursive: true })
})

test("dataCheck counts classes, attributes, duplicates and images in both parts", async () => {
  const part = (...values: number[]) =>
    memorySource({
      shape: [1, 1, 1],
      bytes: Uint8Array.from(values),
      labels: Int32Array.from(values, (value) => value % 2),
      attributes: { size: Int32Array.from(values, (value) => (value > 4 ? 1 : 0)) },
      attributeNames: { size: ["small", "large"] },
    })
  const check = await dataCheck({
    name: "numbers",
    license: "none",
    classNames: ["even", "odd"],
    train: async () => part(1, 1, 2, 9),
    test: async () => part(9, 3),
  })
  expect(check).toMatchObject({
    train: {
      images: 4,
      classes: { even: 1, odd: 3 },
      attributes: { size: { small: 3, large: 1 } },
      duplicates: 1,
    },
    test: { images: 2, duplicates: 0 },
    shared: 1,
    files: {},
  })
})

test("a contact sheet is a PNG with every image in its place", async () => {
  const png = await contactSheet(Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255), 3, [1, 1, 3], 2, 1)
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true })
  expect([info.width, info.height]).toEqual([5, 5])
  const pixel = (x: number, y: number) => [...data.subarray((y * 5 + x) * 3, (y * 5 + x) * 3 + 3)]
  expect([pixel(1, 1), pixel(3, 1), pixel(1, 3)]).toEqual([
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
  ])
  await expect(contactSheet(new Uint8Array(5), 3, [1, 1, 3], 2)).rejects.toMatchObject({ code: "sheet-size" })
})

test("the distance transform equals brute force", () => {
  const side = 9
  const mask = Uint8Array.from({ length: side * side }, (_, i) => ((i * 7919) % 13 < 2 ? 1 : 0))
  const marked = [...mask.keys()].filter((i) => mask[i] === 1)
  const expected = [...mask.keys()].map((i) =>
    Math.min(
      ...marked.map((j) => Math.hypot((i % side) - (j % side), Math.floor(i / side) - Math.floor(j / side))),
    ),
  )
  const found = distanceTo(mask, side, 1)
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 4)
})
