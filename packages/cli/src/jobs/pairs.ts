import { statSync } from "node:fs"
import { relative } from "node:path"
import { ConfigError, DataError, FileError, type ImageShape } from "@ifnormal/core"
import type { Output } from "../output.js"

/** Two image files that belong together. */
export interface FilePair {
  /** The path inside both folders; of two files the first one's path. */
  readonly name: string
  readonly a: string
  readonly b: string
}

/** Two images of one shape. */
export interface ImagePair extends FilePair {
  readonly shape: ImageShape
  /** [height * width * channels] 0..255 */
  readonly bytes: readonly [Uint8Array, Uint8Array]
}

/**
 * Two files as one pair, or the images of two folders by their path inside.
 * @throws FileError "not-found"; ConfigError "pairs-mixed" for a file and a folder; DataError "pairs-names" when the
 * folders do not hold the same names, "data-empty" without images
 */
export async function pairsAt(a: string, b: string): Promise<FilePair[]> {
  const [isFolder, other] = [a, b].map((path) => {
    const found = statSync(path, { throwIfNoEntry: false })
    if (!found)
      throw new FileError({
        code: "not-found",
        message: `There is no file or folder ${path}.`,
        next: "Check the path.",
      })
    return found.isDirectory()
  })
  if (isFolder !== other)
    throw new ConfigError({
      code: "pairs-mixed",
      message: `${isFolder ? a : b} is a folder and ${isFolder ? b : a} a file, expected two files or two folders.`,
      next: "Name the image in the folder, or the folder of the image.",
    })
  if (!isFolder) return [{ name: a, a, b }]
  const { listImages } = await import("@ifnormal/datasets")
  const [inA, inB] = await Promise.all(
    [a, b].map(async (folder) => (await listImages(folder)).files.map((file) => relative(folder, file))),
  )
  refuseNames(a, inA!, b, inB!)
  return inA!.map((name) => ({ name, a: `${a}/${name}`, b: `${b}/${name}` }))
}

function refuseNames(a: string, inA: readonly string[], b: string, inB: readonly string[]): void {
  if (inA.length + inB.length === 0)
    throw new DataError({
      code: "data-empty",
      message: `${a} and ${b} hold no image, expected PNG, JPEG, WebP, TIFF or GIF.`,
      next: "Name folders with images.",
    })
  const missing = [
    { names: inA.filter((name) => !inB.includes(name)), folder: a },
    { names: inB.filter((name) => !inA.includes(name)), folder: b },
  ].filter(({ names }) => names.length > 0)
  if (missing.length === 0) return
  const found = missing.map(
    ({ names, folder }) =>
      `${names.length} only in ${folder} (${names.slice(0, 3).join(", ")}${names.length > 3 ? ", ..." : ""})`,
  )
  throw new DataError({
    code: "pairs-names",
    message: `Images are paired by name, found ${found.join(" and ")}.`,
    next: "Give both folders the same file names, or name two files.",
  })
}

/**
 * Decodes a pair at its own size: gray if both are gray, else RGB. What was done to an image besides reading it is noted.
 * @throws DataError "pairs-size" when the sizes differ, and those of `decodeImage`
 */
export async function readPair(pair: FilePair, output: Pick<Output, "note">): Promise<ImagePair> {
  const { decodeImage, imageShape } = await import("@ifnormal/datasets")
  const [a, b] = [await imageShape(pair.a), await imageShape(pair.b)]
  if (a[0] !== b[0] || a[1] !== b[1])
    throw new DataError({
      code: "pairs-size",
      message: `${pair.a} is ${a[1]}x${a[0]} pixels and ${pair.b} ${b[1]}x${b[0]}, expected one size.`,
      next: "Scale one of them first: how it is scaled changes every distance.",
    })
  const shape: ImageShape = [a[0], a[1], Math.max(a[2], b[2])]
  const read = async (file: string) => {
    const { bytes, notes } = await decodeImage(file, shape)
    for (const note of notes) output.note(`${file}: ${note}`)
    return bytes
  }
  return { ...pair, shape, bytes: [await read(pair.a), await read(pair.b)] }
}
