import { join } from "node:path"
import { DataError, type ImageSource } from "@ifnormal/core"
import { colored } from "./colored.js"
import type { HashedDataset } from "./dataset-files.js"
import { readIdxPair } from "./idx.js"
import { memorySource } from "./source.js"
import { sha256 } from "./write.js"

const ALPHABET = [..."abcdefghijklmnopqrstuvwxyz"]
/** Letters that look like a one, in either case. */
const LIKE_ONE = new Set(["i", "l"])
const CLASSES = ALPHABET.filter((letter) => !LIKE_ONE.has(letter))

const LICENSE =
  "EMNIST letters by Cohen, Afshar, Tapson and van Schaik (2017), made from NIST Special Database 19, a work of the US government."

/** What `emnistLetters` needs. */
export interface EmnistOptions {
  /** Folder with emnist-letters-{train,test}-{images-idx3,labels-idx1}-ubyte, gzipped or not. */
  readonly folder: string
  /** In the ten colors of Colored-MNIST (attribute "color"). Default true. */
  readonly colored?: boolean
  readonly seed: number
}

/**
 * EMNIST's letters as outlier exposure, where the user has the files: turned upright (the files are transposed), classes
 * "a".."z" of both cases without i and l, which look like a one.
 * @throws DataError `emnist-labels` when labels are not 1..26, and those of `readIdx`
 */
export function emnistLetters(options: EmnistOptions): HashedDataset {
  const hashes: Record<string, string> = {}
  const read = async (part: "train" | "test"): Promise<ImageSource> => {
    const names = [
      `emnist-letters-${part}-images-idx3-ubyte`,
      `emnist-letters-${part}-labels-idx1-ubyte`,
    ] as const
    const { images, labels } = await readIdxPair(
      join(options.folder, names[0]),
      join(options.folder, names[1]),
    )
    hashes[names[0]] = sha256(images.bytes)
    hashes[names[1]] = sha256(labels.bytes)
    const wrong = labels.data.findIndex((label) => label < 1 || label > 26)
    if (wrong >= 0)
      throw new DataError({
        code: "emnist-labels",
        message: `${names[1]} has label ${labels.data[wrong]} at image ${wrong}, expected 1 to 26.`,
        next: "Use the files of EMNIST's letters split.",
      })
    const [, rows, columns] = images.sizes as [number, number, number]
    const keep = [...labels.data.keys()].filter((i) => !LIKE_ONE.has(ALPHABET[labels.data[i]! - 1]!))
    const bytes = new Uint8Array(keep.length * rows * columns)
    for (const [to, from] of keep.entries())
      for (let y = 0; y < columns; y++)
        for (let x = 0; x < rows; x++)
          bytes[(to * columns + y) * rows + x] = images.data[(from * rows + x) * columns + y]!
    return memorySource({
      shape: [columns, rows, 1],
      bytes,
      labels: Int32Array.from(keep, (i) => CLASSES.indexOf(ALPHABET[labels.data[i]! - 1]!)),
    })
  }
  let train: Promise<ImageSource> | undefined
  let test: Promise<ImageSource> | undefined
  const gray: HashedDataset = {
    name: "emnist-letters",
    classNames: CLASSES,
    license: LICENSE,
    train: () => (train ??= read("train")),
    test: () => (test ??= read("test")),
    async files() {
      await gray.train()
      return { ...hashes }
    },
  }
  if (options.colored === false) return gray
  return { ...colored(gray, { seed: options.seed, name: "emnist-letters" }), files: gray.files }
}
