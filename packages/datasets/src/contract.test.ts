import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import "@tensorflow/tfjs-backend-cpu"
import { datasetChecks, runChecks } from "@ifnormal/testkit"
import { afterAll, describe, test } from "vitest"
import { encodeIdx } from "./idx.js"
import { datasets } from "./plugin.js"
import { writeAtomic } from "./write.js"

const fixture = (name: string) => fileURLToPath(new URL(`../test/fixture/${name}`, import.meta.url))
const cacheDir = mkdtempSync(join(tmpdir(), "ifnormal-contract-"))
afterAll(() => rmSync(cacheDir, { recursive: true, force: true }))

// EMNIST is not on npm: four seeded letters in its format.
for (const part of ["train", "test"]) {
  const pixels = Uint8Array.from({ length: 4 * 784 }, (_, i) => (i * 7919) % 256)
  await writeAtomic(
    join(cacheDir, `emnist-letters-${part}-images-idx3-ubyte`),
    encodeIdx([4, 28, 28], pixels),
  )
  await writeAtomic(
    join(cacheDir, `emnist-letters-${part}-labels-idx1-ubyte`),
    encodeIdx([4], Uint8Array.of(1, 2, 3, 13)),
  )
}

describe.each([
  ["mnist", { folder: fixture("mnist"), verify: false }],
  ["colored-mnist", { folder: fixture("mnist"), verify: false }],
  ["letters", { count: 12, testCount: 6 }],
  ["letters", { count: 12, testCount: 6, colored: false }],
  ["emnist-letters", { folder: cacheDir }],
  ["folder", { path: fixture("folder") }],
  ["folder", { path: fixture("folder"), height: 12, width: 16, channels: 1, resize: true }],
])("data set %s %j keeps every promise of the contract", (type, options) => {
  runChecks(test, datasetChecks(datasets, type, { options, calls: 20, context: { cacheDir } }))
})
