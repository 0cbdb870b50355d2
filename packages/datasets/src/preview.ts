import { DataError, type Dataset, type ImageShape, type ImageSource } from "@ifnormal/core"
import sharp from "sharp"
import { datasetFiles } from "./dataset-files.js"
import { sha256 } from "./write.js"

/**
 * `n` images side by side, `columns` a row, as a PNG file.
 * @param images [n * height * width * channels] 0..255
 * @param zoom every pixel becomes zoom x zoom. Default 2
 * @throws DataError `sheet-size` when `images` is not of that length
 */
export async function contactSheet(
  images: Uint8Array,
  n: number,
  shape: ImageShape,
  columns: number,
  zoom = 2,
): Promise<Uint8Array> {
  const [height, width, channels] = shape
  const size = height * width * channels
  if (n < 1 || columns < 1 || images.length !== n * size || (channels !== 1 && channels !== 3))
    throw new DataError({
      code: "sheet-size",
      message: `A sheet of ${n} images of ${shape.join("x")} in ${columns} columns needs ${n * size} bytes, got ${images.length}.`,
      next: "Pass at least one gray or RGB image, and all bytes of every image.",
    })
  const rows = Math.ceil(n / columns)
  const across = Math.min(n, columns)
  const gap = 1
  const sheetWidth = across * (width + gap) + gap
  const sheetHeight = rows * (height + gap) + gap
  const sheet = new Uint8Array(sheetWidth * sheetHeight * channels).fill(64)
  for (let i = 0; i < n; i++)
    for (let y = 0; y < height; y++) {
      const top = gap + Math.floor(i / columns) * (height + gap) + y
      const left = gap + (i % columns) * (width + gap)
      const from = i * size + y * width * channels
      sheet.set(images.subarray(from, from + width * channels), (top * sheetWidth + left) * channels)
    }
  return sharp(sheet, { raw: { width: sheetWidth, height: sheetHeight, channels } })
    .resize(sheetWidth * zoom, sheetHeight * zoom, { kernel: "nearest" })
    .png()
    .toBuffer()
}

/** What `dataCheck` finds in one part of a data set. */
export interface PartCheck {
  readonly images: number
  readonly shape: ImageShape
  /** Images by class name. */
  readonly classes: Readonly<Record<string, number>>
  /** Images by value, of every attribute. */
  readonly attributes: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Images that are equal, byte by byte, to an earlier one of this part. */
  readonly duplicates: number
}

export interface DataCheck {
  readonly name: string
  readonly license: string
  readonly train: PartCheck
  readonly test: PartCheck
  /** Test images that are also in the training part: they make results look better than they are. */
  readonly shared: number
  /** SHA-256 of the files by name, where the data set knows them. */
  readonly files: Readonly<Record<string, string>>
}

/**
 * Reads every image of a data set once and counts. Reading already checks hashes, lengths and labels.
 * @throws what reading throws
 */
export async function dataCheck(dataset: Dataset): Promise<DataCheck> {
  const train = await checkPart(await dataset.train(), dataset.classNames)
  const test = await checkPart(await dataset.test(), dataset.classNames)
  let shared = 0
  for (const hash of test.hashes) if (train.hashes.has(hash)) shared++
  return {
    name: dataset.name,
    license: dataset.license,
    train: train.check,
    test: test.check,
    shared,
    files: await datasetFiles(dataset),
  }
}

async function checkPart(source: ImageSource, classNames: readonly string[]) {
  const size = source.shape[0] * source.shape[1] * source.shape[2]
  const hashes = new Set<string>()
  const chunk = 512
  for (let start = 0; start < source.length; start += chunk) {
    const indices = Array.from({ length: Math.min(chunk, source.length - start) }, (_, i) => start + i)
    const bytes = await source.read(indices)
    for (const i of indices.keys()) hashes.add(sha256(bytes.subarray(i * size, (i + 1) * size)))
  }
  const attributes = Object.entries(source.attributes ?? {}).map(
    ([name, values]) => [name, count(values, source.attributeNames?.[name] ?? [])] as const,
  )
  const check: PartCheck = {
    images: source.length,
    shape: source.shape,
    classes: count(source.labels, classNames),
    attributes: Object.fromEntries(attributes),
    duplicates: source.length - hashes.size,
  }
  return { check, hashes }
}

function count(values: Int32Array, names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(names.map((name) => [name, 0]))
  for (const value of values) {
    const name = names[value] ?? String(value)
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}
