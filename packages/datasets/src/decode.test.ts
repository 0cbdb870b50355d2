import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import sharp from "sharp"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { decodeImage } from "./decode.js"
import { folderDataset, listImages } from "./folder.js"
import { imageShape } from "./image-shape.js"

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ifnormal-images-"))
})
afterAll(() => rm(folder, { recursive: true }))

/** Left half of `left`, right half of `right`. */
const picture = (width: number, height: number, left: number[], right: number[]) =>
  sharp(
    Buffer.from(
      Array.from({ length: width * height }, (_, i) => (i % width < width / 2 ? left : right)).flat(),
    ),
    {
      raw: { width, height, channels: left.length as 1 | 3 | 4 },
    },
  )
const redBlue = (width = 8, height = 8) => picture(width, height, [255, 0, 0], [0, 0, 255])

test("the shape of a picture is what decodeImage takes without a note on its size", async () => {
  const gray = await picture(5, 3, [7], [90]).toColourspace("b-w").png().toBuffer()
  const clear = await picture(4, 6, [1, 2, 3, 0], [1, 2, 3, 255]).png().toBuffer()
  const turned = await redBlue(8, 4).withMetadata({ orientation: 6 }).jpeg().toBuffer()
  expect(await Promise.all([gray, clear, turned].map((file) => imageShape(file)))).toEqual([
    [3, 5, 1],
    [6, 4, 3],
    [8, 4, 3],
  ])
  const broken = imageShape(new Uint8Array(40), "b.png")
  await expect(broken).rejects.toMatchObject({
    code: "image-format",
    message: expect.stringMatching(/^b.png/),
  })
  await expect(imageShape(join(folder, "none.png"))).rejects.toMatchObject({ code: "image-missing" })
})

describe("decodeImage", () => {
  test.each(["png", "webp", "tiff", "gif"] as const)(
    "reads %s bit for bit, without a note",
    async (format) => {
      const file = await redBlue().toFormat(format, { lossless: true, compression: "lzw" }).toBuffer()
      const { bytes, notes } = await decodeImage(file, [8, 8, 3])
      expect(notes.filter((note) => !/Alpha/.test(note))).toEqual([])
      expect([...bytes.subarray(0, 3), ...bytes.subarray(21, 24)]).toEqual([255, 0, 0, 0, 0, 255])
    },
  )

  test("reads JPEG and 16 bit PNG", async () => {
    const jpeg = await decodeImage(await redBlue(16, 16).jpeg({ quality: 100 }).toBuffer(), [16, 16, 3])
    expect(jpeg.bytes[0]).toBeGreaterThan(240)
    const deep = await picture(4, 4, [128], [255]).toColourspace("grey16").png().toBuffer()
    expect((await sharp(deep).metadata()).depth).toBe("ushort")
    const { bytes } = await decodeImage(deep, [4, 4, 1])
    expect([bytes.length, bytes[0], bytes[3]]).toEqual([16, 128, 255])
  })

  test("puts transparency on black, turns by EXIF, converts gray and color, each with a note", async () => {
    const clear = await picture(4, 4, [255, 255, 255, 0], [255, 255, 255, 255]).png().toBuffer()
    const flat = await decodeImage(clear, [4, 4, 3])
    expect([flat.bytes[0], flat.bytes[11], flat.notes]).toEqual([0, 255, [expect.stringMatching(/Alpha/)]])
    const turned = await redBlue(8, 4)
      .withMetadata({ orientation: 6 })
      .tiff({ compression: "lzw" })
      .toBuffer()
    const upright = await decodeImage(turned, [8, 4, 3])
    expect([...upright.bytes.subarray(0, 3)]).toEqual([255, 0, 0])
    expect([...upright.bytes.subarray(-3)]).toEqual([0, 0, 255])
    expect(upright.notes).toEqual([expect.stringMatching(/EXIF/)])
    const gray = await decodeImage(
      await picture(2, 2, [7], [90]).toColourspace("b-w").png().toBuffer(),
      [2, 2, 3],
    )
    expect([[...gray.bytes.subarray(0, 6)], gray.notes]).toEqual([
      [7, 7, 7, 90, 90, 90],
      [expect.stringMatching(/Gray repeated/)],
    ])
    const color = await decodeImage(await redBlue().png().toBuffer(), [8, 8, 1])
    expect([color.bytes.length, color.notes]).toEqual([64, [expect.stringMatching(/into gray/)]])
  })

  test("another size is refused with the flag that converts, or converted with a note", async () => {
    const file = await redBlue(10, 20).png().toBuffer()
    await expect(decodeImage(file, [8, 8, 3], { name: "odd.png" })).rejects.toMatchObject({
      code: "image-size",
      message: "odd.png is 10x20 pixels, expected 8x8.",
      next: expect.stringMatching(/--resize/),
    })
    const { bytes, notes } = await decodeImage(file, [8, 8, 3], { resize: true })
    expect([bytes.length, notes]).toEqual([192, ["Resized from 10x20 to 8x8."]])
  })

  test("what is no image, corrupt, missing or of another kind is told by name", async () => {
    const whole = await redBlue(64, 64).png({ compressionLevel: 0 }).toBuffer()
    const corrupt = join(folder, "corrupt.png")
    await writeFile(corrupt, whole.subarray(0, whole.length / 2))
    await expect(decodeImage(corrupt, [64, 64, 3])).rejects.toMatchObject({
      code: "image-corrupt",
      message: expect.stringContaining(corrupt),
    })
    await expect(decodeImage(Buffer.from("hello"), [8, 8, 3])).rejects.toMatchObject({ code: "image-format" })
    await expect(decodeImage(join(folder, "none.png"), [8, 8, 3])).rejects.toMatchObject({
      code: "image-missing",
    })
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>')
    await expect(decodeImage(svg, [8, 8, 3])).rejects.toMatchObject({ code: "image-format" })
    await expect(decodeImage(whole, [64, 64, 4])).rejects.toMatchObject({ code: "image-channels" })
  })
})

describe("folder", () => {
  beforeAll(async () => {
    for (const [name, count] of Object.entries({ good: 10, bad: 5 })) {
      await mkdir(join(folder, "set", name, "deep"), { recursive: true })
      for (let i = 0; i < count; i++)
        await redBlue()
          .modulate({ brightness: 1 - i / 20 })
          .png()
          .toFile(join(folder, "set", name, i % 2 ? "deep" : "", `${i}.PNG`))
    }
    await writeFile(join(folder, "set", "good", "notes.txt"), "x")
    await writeFile(join(folder, "set", ".DS_Store"), "x")
  })

  test("lists images of all subfolders, sorted, and counts what it skips", async () => {
    const { files, skipped } = await listImages(join(folder, "set"))
    expect([files.length, skipped, [...files]]).toEqual([15, 2, files.toSorted()])
    await expect(listImages(join(folder, "nowhere"))).rejects.toMatchObject({ code: "folder-missing" })
  })

  test("is a data set with a class per subfolder, split by seed", async () => {
    const options = { path: join(folder, "set"), shape: [8, 8, 3] as const, seed: 1 }
    const dataset = await folderDataset(options)
    const [train, test] = [await dataset.train(), await dataset.test()]
    expect([dataset.name, dataset.classNames]).toEqual(["set", ["good", "bad"]])
    expect([train.length, test.length, [...test.labels]]).toEqual([12, 3, [0, 0, 1]])
    const again = await (await folderDataset(options)).test()
    expect(await again.read([0, 1, 2])).toEqual(await test.read([0, 1, 2]))
  })

  test("without the normal subfolder or of another size it says so", async () => {
    const options = { path: join(folder, "set"), shape: [8, 8, 3] as const, seed: 1 }
    await expect(folderDataset({ ...options, normal: "fine" })).rejects.toMatchObject({
      code: "folder-classes",
      message: expect.stringMatching(/bad, good/),
    })
    const small = await folderDataset({ ...options, shape: [4, 4, 3] })
    await expect((await small.train()).read([0])).rejects.toMatchObject({ code: "image-size" })
  })
})
