import { readdir, stat } from "node:fs/promises"
import { basename, extname, join } from "node:path"
import { DataError, type Dataset, type ImageShape, type ImageSource } from "@ifnormal/core"
import { decodeImage } from "./decode.js"
import { randomOf } from "./random.js"
import { checkIndex } from "./source.js"

const EXTENSIONS = new Set([".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".gif"])

/** The images of a folder. */
export interface ImageListing {
  /** Paths, sorted. */
  readonly files: readonly string[]
  /** Number of files that are no images by their extension. */
  readonly skipped: number
}

/**
 * The images in a folder and its subfolders, by extension; links are not followed.
 * @throws DataError `folder-missing` when there is no such folder
 */
export async function listImages(folder: string): Promise<ImageListing> {
  await requireFolder(folder)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  // Node 20 calls the entry's folder `path`, later versions `parentPath`.
  const all = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  const files = all.filter(
    (path) => EXTENSIONS.has(extname(path).toLowerCase()) && !basename(path).startsWith("."),
  )
  return { files: files.sort(), skipped: all.length - files.length }
}

async function requireFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined)
  if (!found?.isDirectory())
    throw new DataError({
      code: "folder-missing",
      message: `${folder} is ${found ? "a file" : "not there"}, expected a folder of images.`,
      next: "Check the path.",
    })
}

/** What `folderDataset` needs. */
export interface FolderOptions {
  /** Folder with one subfolder per class, e.g. good/ and bad/; or with train/ and test/, each with such subfolders. */
  readonly path: string
  /** Subfolder of the normal images; first of the class names. Default "good". */
  readonly normal?: string
  readonly shape: ImageShape
  /** See `DecodeOptions`. */
  readonly resize?: boolean
  /** Share of each class kept for the test part when there are no train/ and test/. Default 0.2 (our choice). */
  readonly testShare?: number
  readonly seed: number
}

interface Labelled {
  readonly file: string
  readonly label: number
}

const KEEP_IN_MEMORY = 256 * 2 ** 20

/**
 * A data set of a user's images, one class per subfolder. Files are decoded when first read and then kept in memory up
 * to 256 MiB. Without train/ and test/ the images are split by seed, class by class.
 * @throws DataError `folder-missing`, `folder-classes` without the normal subfolder, `folder-empty`
 */
export async function folderDataset(options: FolderOptions): Promise<Dataset> {
  const { path, normal = "good", shape, resize = false, testShare = 0.2, seed } = options
  await requireFolder(path)
  const top = await subfolders(path)
  const parted = top.includes("train") && top.includes("test")
  const names = parted
    ? [
        ...new Set([...(await subfolders(join(path, "train"))), ...(await subfolders(join(path, "test")))]),
      ].sort()
    : top
  if (!names.includes(normal))
    throw new DataError({
      code: "folder-classes",
      message: `${path} has no subfolder "${normal}" of normal images; found ${names.join(", ") || "no subfolders"}.`,
      next: `Put the normal images into ${join(path, normal)}, or set normal to the name of their subfolder.`,
    })
  const classNames = [normal, ...names.filter((name) => name !== normal)]
  const list = async (root: string): Promise<Labelled[]> => {
    const present = new Set(await subfolders(root))
    const lists = classNames.map(async (name, label) =>
      present.has(name) ? (await listImages(join(root, name))).files.map((file) => ({ file, label })) : [],
    )
    return (await Promise.all(lists)).flat()
  }
  const parts = parted
    ? { train: await list(join(path, "train")), test: await list(join(path, "test")) }
    : split(await list(path), classNames.length, testShare, seed)
  if (parts.train.length === 0 || parts.test.length === 0)
    throw new DataError({
      code: "folder-empty",
      message: `${path} has ${parts.train.length} images for training and ${parts.test.length} for testing, expected some of both.`,
      next: "Add images (PNG, JPEG, WebP, TIFF, GIF) to the subfolders.",
    })
  const train = fileSource(parts.train, shape, resize)
  const test = fileSource(parts.test, shape, resize)
  return {
    name: basename(path),
    classNames,
    license: "The user's own images.",
    train: async () => train,
    test: async () => test,
  }
}

async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map((entry) => entry.name)
    .sort()
}

function split(images: readonly Labelled[], classes: number, share: number, seed: number) {
  const train: Labelled[] = []
  const test: Labelled[] = []
  for (let label = 0; label < classes; label++) {
    const members = images.filter((image) => image.label === label)
    const random = randomOf(seed, "folder", label)
    for (let i = members.length - 1; i > 0; i--) {
      const j = random.int(i + 1)
      ;[members[i], members[j]] = [members[j]!, members[i]!]
    }
    const count = Math.round(members.length * share)
    test.push(...members.slice(0, count))
    train.push(...members.slice(count))
  }
  return { train, test }
}

/** Files as an image source; corrupt ones fail at their first read, by name. */
function fileSource(images: readonly Labelled[], shape: ImageShape, resize: boolean): ImageSource {
  const size = shape[0] * shape[1] * shape[2]
  const kept = new Map<number, Uint8Array>()
  return {
    shape,
    length: images.length,
    labels: Int32Array.from(images, ({ label }) => label),
    files: images.map(({ file }) => file),
    async read(indices) {
      const out = new Uint8Array(indices.length * size)
      for (const [row, index] of indices.entries()) {
        checkIndex(index, images.length)
        const bytes = kept.get(index) ?? (await decodeImage(images[index]!.file, shape, { resize })).bytes
        if (kept.size * size < KEEP_IN_MEMORY) kept.set(index, bytes)
        out.set(bytes, row * size)
      }
      return out
    },
  }
}
