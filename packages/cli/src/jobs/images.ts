import { statSync } from "node:fs"
import { dirname, extname, relative, resolve, sep } from "node:path"
import { DataError, FileError, type ImageShape, toTensor } from "@ifnormal/core"
import type * as tf from "@tensorflow/tfjs-core"
import type { Output } from "../output.js"

/** Image files that the user named. */
export interface Images {
  /** Folder that the files are named from. */
  readonly root: string
  /** Sorted paths. */
  readonly files: readonly string[]
  /** Number of files in the folder that are no images. */
  readonly skipped: number
}

/**
 * The image at a path, or the images of a folder and its subfolders.
 * @param out results of an earlier call lie here and are no input
 * @throws FileError "not-found", DataError "data-empty" for a folder without images
 */
export async function imagesAt(path: string, out: string): Promise<Images> {
  const info = statSync(path, { throwIfNoEntry: false })
  if (!info)
    throw new FileError({
      code: "not-found",
      message: `There is no file or folder ${path}.`,
      next: "Check the path.",
    })
  if (!info.isDirectory()) return { root: dirname(path), files: [path], skipped: 0 }
  const { listImages } = await import("@ifnormal/datasets")
  const { files: found, skipped } = await listImages(path)
  const files = found.filter((file) => !resolve(file).startsWith(resolve(out) + sep))
  if (files.length === 0)
    throw new DataError({
      code: "data-empty",
      message: `${path} holds no image (and ${skipped} other files), expected PNG, JPEG, WebP, TIFF or GIF.`,
      next: "Name a folder with images, or a single image.",
    })
  return { root: path, files, skipped }
}

/**
 * The images of several paths together, each file once.
 * @throws as `imagesAt`
 */
export async function imagesAtAll(paths: readonly string[], out: string): Promise<Images> {
  const lists = await Promise.all(paths.map((path) => imagesAt(path, out)))
  if (lists.length === 1) return lists[0]!
  return {
    // Names keep what differs, so that two folders with the same file names do not collide.
    root: commonFolder(lists.flatMap(({ files }) => files)),
    files: [...new Set(lists.flatMap(({ files }) => files))],
    skipped: lists.reduce((sum, { skipped }) => sum + skipped, 0),
  }
}

/** The deepest folder that holds all files. */
function commonFolder(files: readonly string[]): string {
  const [first = [], ...rest] = files.map((file) => dirname(resolve(file)).split(sep))
  const differs = first.findIndex((part, i) => rest.some((other) => other[i] !== part))
  return (differs < 0 ? first : first.slice(0, differs)).join(sep) || sep
}

/**
 * Decodes files; what was done to an image besides reading it is noted.
 * @returns bytes [files, height, width, channels]
 * @throws DataError "image-size" and those of `decodeImage`
 */
export async function readBytesOf(
  files: readonly string[],
  shape: ImageShape,
  { resize }: { readonly resize: boolean },
  output: Pick<Output, "note">,
): Promise<Uint8Array> {
  const { decodeImage } = await import("@ifnormal/datasets")
  const size = shape[0] * shape[1] * shape[2]
  const bytes = new Uint8Array(files.length * size)
  for (const [i, file] of files.entries()) {
    const decoded = await decodeImage(file, shape, { resize })
    for (const note of decoded.notes) output.note(`${file}: ${note}`)
    bytes.set(decoded.bytes, i * size)
  }
  return bytes
}

/** As `readBytesOf`, as a tensor [files, height, width, channels] in [0, 1]. */
export async function readImages(
  files: readonly string[],
  shape: ImageShape,
  options: { readonly resize: boolean },
  output: Pick<Output, "note">,
): Promise<tf.Tensor4D> {
  return toTensor(await readBytesOf(files, shape, options, output), files.length, shape)
}

/**
 * Names for results: odd.png gives odd; where odd.jpg is there too, both keep their ending. Subfolders
 * of `root` are kept.
 */
export function resultNames(files: readonly string[], root: string): string[] {
  const names = files.map((file) => relative(root, resolve(file)))
  const stems = names.map((name) => name.slice(0, name.length - extname(name).length))
  const count = new Map<string, number>()
  for (const stem of stems) count.set(stem, (count.get(stem) ?? 0) + 1)
  return stems.map((stem, i) => (count.get(stem) === 1 ? stem : names[i]!))
}
