import { DataError, IfnormalError } from "@ifnormal/core"
import { decodeImage, imageShape, listImages } from "@ifnormal/datasets"
import { type ByteImages, type FeatureExtractor, type FeatureMatrix, featuresOfAll } from "@ifnormal/metrics"

/** An image that was left out, and why. */
export interface LeftOut {
  readonly file: string
  readonly reason: string
}

/** Features of the images of a folder, and what there is to know about them. */
export interface FolderFeatures {
  readonly folder: string
  readonly features: FeatureMatrix
  readonly leftOut: readonly LeftOut[]
  /** Number of images that are gray, had an alpha channel, or were turned as their EXIF orientation says. */
  readonly gray: number
  readonly alpha: number
  readonly turned: number
  /** Sizes that occur, such as "32x32" (height x width). */
  readonly sizes: readonly string[]
}

export interface FolderOptions {
  /** Images that are given to the extractor together. */
  readonly batch: number
  /** Stop at an image that cannot be read. */
  readonly strict: boolean
  readonly signal: AbortSignal
  /** After every batch: number of files that are done. */
  readonly onProgress: (done: number) => void
}

/** Decoded bytes that are held at once: a batch of large photographs is cut into parts. */
const MOST_BYTES = 256 * 2 ** 20

/**
 * The image files of a folder and its subfolders.
 * @throws DataError "folder-missing", "data-empty"
 */
export async function imageFiles(folder: string): Promise<readonly string[]> {
  const { files, skipped } = await listImages(folder)
  if (files.length > 0) return files
  throw new DataError({
    code: "data-empty",
    message: `${folder} holds no image (and ${skipped} other files), expected PNG, JPEG, WebP, TIFF or GIF.`,
    next: "Name a folder with images.",
  })
}

/**
 * Decodes each file at its own size and gives the extractor full batches.
 * @throws DataError "data-empty" when no file can be read, with `strict` that of the first such file; the signal's reason
 */
export async function folderFeatures(
  folder: string,
  files: readonly string[],
  extractor: FeatureExtractor,
  { batch, strict, signal, onProgress }: FolderOptions,
): Promise<FolderFeatures> {
  const rows: Float32Array[] = []
  const leftOut: LeftOut[] = []
  const sizes = new Set<string>()
  const counts = { gray: 0, alpha: 0, turned: 0 }
  let waiting: ByteImages[] = []
  let bytes = 0
  const flush = async (done: number) => {
    signal.throwIfAborted()
    if (waiting.length > 0) rows.push(await featuresOfAll(extractor, waiting))
    waiting = []
    bytes = 0
    onProgress(done)
    // Ctrl-C is seen between batches.
    await new Promise((resolve) => setImmediate(resolve))
  }
  for (const [i, file] of files.entries()) {
    try {
      const shape = await imageShape(file)
      const decoded = await decodeImage(file, shape)
      waiting.push({ shape, bytes: decoded.bytes, length: 1 })
      bytes += decoded.bytes.length
      sizes.add(`${shape[0]}x${shape[1]}`)
      if (shape[2] === 1) counts.gray++
      if (decoded.notes.some((note) => note.startsWith("Alpha"))) counts.alpha++
      if (decoded.notes.some((note) => note.startsWith("Turned"))) counts.turned++
    } catch (error) {
      if (strict || !IfnormalError.isInstance(error)) throw error
      leftOut.push({ file, reason: error.message })
    }
    if (waiting.length === batch || bytes > MOST_BYTES) await flush(i + 1)
  }
  await flush(files.length)
  if (rows.length === 0)
    throw new DataError({
      code: "data-empty",
      message: `None of the ${files.length} images of ${folder} can be read: ${leftOut[0]!.reason}`,
      next: "Copy the images again, or name another folder.",
    })
  return {
    folder,
    features: joined(rows, extractor.dimensions),
    leftOut,
    ...counts,
    sizes: [...sizes].sort(),
  }
}

function joined(rows: readonly Float32Array[], dimensions: number): FeatureMatrix {
  const data = new Float32Array(rows.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of rows) {
    data.set(part, at)
    at += part.length
  }
  return { data, length: data.length / dimensions, dimensions }
}
