import { readFile } from "node:fs/promises"
import { gunzipSync } from "node:zlib"
import { DataError } from "@ifnormal/core"

/** The content of an idx file of unsigned bytes, the format of MNIST and EMNIST (yann.lecun.com/exdb/mnist). */
export interface IdxFile {
  /** Sizes of the dimensions: [n] of labels, [n, rows, columns] of images. */
  readonly sizes: readonly number[]
  readonly data: Uint8Array
  /** The uncompressed file, for hashing. */
  readonly bytes: Uint8Array
}

const UNSIGNED_BYTES = 0x08

/**
 * Reads an idx file of unsigned bytes from memory, gzipped or not.
 * @param name shown in errors
 * @throws DataError `idx-magic`, `idx-truncated`, `idx-trailing` or `idx-gzip`
 */
export function parseIdx(content: Uint8Array, name: string, dimensions: number): IdxFile {
  const bytes = content[0] === 0x1f && content[1] === 0x8b ? gunzip(content, name) : content
  const header = 4 + 4 * dimensions
  if (
    bytes.length < 4 ||
    bytes[0] !== 0 ||
    bytes[1] !== 0 ||
    bytes[2] !== UNSIGNED_BYTES ||
    bytes[3] !== dimensions
  ) {
    const found = Buffer.from(bytes.subarray(0, 4)).toString("hex") || "an empty file"
    throw new DataError({
      code: "idx-magic",
      message: `${name} is not an idx file of ${dimensions === 1 ? "labels" : "images"}: it begins with ${found}, expected 000008${String(dimensions).padStart(2, "0")}.`,
      next: "Check that the four files were not swapped or renamed, or fetch them again with `ifnormal data fetch mnist`.",
    })
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const complete = bytes.length >= header
  const sizes = complete ? Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i)) : []
  const expected = header + sizes.reduce((product, size) => product * size, 1)
  if (!complete || bytes.length < expected)
    throw new DataError({
      code: "idx-truncated",
      message: `${name} is truncated: found ${bytes.length} bytes, expected ${complete ? `${expected} for ${sizes.join(" x ")}` : `a header of ${header}`}.`,
      next: "Copy or fetch the file again: `ifnormal data fetch mnist`.",
    })
  if (bytes.length > expected)
    throw new DataError({
      code: "idx-trailing",
      message: `${name} has ${bytes.length} bytes, expected ${expected} for ${sizes.join(" x ")}.`,
      next: "Copy or fetch the file again: `ifnormal data fetch mnist`.",
    })
  return { sizes, data: bytes.subarray(header), bytes }
}

/**
 * Reads an idx file, trying `path`, its spelling with a dot ("train-images.idx3-ubyte"), and both with .gz.
 * @throws DataError `idx-missing` when neither exists, and those of `parseIdx`
 */
export async function readIdx(path: string, dimensions: number): Promise<IdxFile> {
  const dotted = path.replace(/-idx(\d-ubyte)$/, ".idx$1")
  for (const candidate of new Set([path, `${path}.gz`, dotted, `${dotted}.gz`])) {
    const content = await readFile(candidate).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined
      throw unreadable(candidate, error)
    })
    if (content) return parseIdx(content, candidate, dimensions)
  }
  throw new DataError({
    code: "idx-missing",
    message: `Found neither ${path} nor ${path}.gz.`,
    next: "Name the folder that holds the idx files, or fetch MNIST with `ifnormal data fetch mnist`.",
  })
}

/** Images and labels that belong together. */
export interface IdxPair {
  readonly images: IdxFile
  readonly labels: IdxFile
}

/**
 * Reads an image file and its label file.
 * @throws DataError `idx-lengths` when their numbers differ, and those of `readIdx`
 */
export async function readIdxPair(imagesPath: string, labelsPath: string): Promise<IdxPair> {
  const [images, labels] = await Promise.all([readIdx(imagesPath, 3), readIdx(labelsPath, 1)])
  if (images.sizes[0] !== labels.sizes[0])
    throw new DataError({
      code: "idx-lengths",
      message: `${labelsPath} has ${labels.sizes[0]} labels, expected ${images.sizes[0]} as ${imagesPath} has images.`,
      next: "Use the label file that belongs to these images (train with train, t10k with t10k).",
    })
  return { images, labels }
}

/** Writes an idx file of unsigned bytes, e.g. for fixtures or own digits. */
export function encodeIdx(sizes: readonly number[], data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * sizes.length + data.length)
  const view = new DataView(bytes.buffer)
  bytes[2] = UNSIGNED_BYTES
  bytes[3] = sizes.length
  for (const [i, size] of sizes.entries()) view.setUint32(4 + 4 * i, size)
  bytes.set(data, 4 + 4 * sizes.length)
  return bytes
}

function gunzip(content: Uint8Array, name: string): Uint8Array {
  try {
    return gunzipSync(content)
  } catch (cause) {
    throw new DataError({
      code: "idx-gzip",
      message: `${name} looks gzipped but cannot be unpacked: ${(cause as Error).message}.`,
      next: "Copy or fetch the file again: `ifnormal data fetch mnist`.",
      cause,
    })
  }
}

function unreadable(path: string, error: NodeJS.ErrnoException): DataError {
  return new DataError({
    code: "idx-unreadable",
    message: `${path} cannot be read: ${error.message}.`,
    next: "Check the path and its permissions.",
    cause: error,
  })
}
