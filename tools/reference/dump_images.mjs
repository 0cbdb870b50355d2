// Writes the training images of an experiment as uint8 numpy files, for models that are trained in Python:
//   node tools/reference/dump_images.mjs packages/cli/models/colored-mnist/experiment.json <folder>
// normal.npy and outliers.npy, [n, height, width, channels].
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import {
  createDataset,
  createRegistry,
  parseExperiment,
  sectionOptions,
  splitAnomalies,
} from "../../packages/core/dist/index.js"
import { datasets } from "../../packages/datasets/dist/index.js"

const [config, folder] = process.argv.slice(2)
const { seed, dataset, setup } = parseExperiment(JSON.parse(readFileSync(config, "utf8")))
const registry = createRegistry([datasets])
const context = { cacheDir: join(homedir(), ".cache", "ifnormal"), offline: true, seed }
const open = (section) => createDataset(registry, sectionOptions(section), context)
const split = await splitAnomalies(
  await open(dataset),
  { normal: setup.normal, outlierExposure: await open(setup.outlierExposure) },
  { seed, validation: setup.validation },
)

/** numpy's format: magic, version, length of the header, header padded to 64 bytes, numbers. */
async function write(name, source) {
  const shape = [source.length, ...source.shape].join(", ")
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape}), }`
  const header = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`
  const start = Buffer.from([
    0x93,
    0x4e,
    0x55,
    0x4d,
    0x50,
    0x59,
    1,
    0,
    header.length & 255,
    header.length >> 8,
  ])
  const bytes = await source.read(Array.from({ length: source.length }, (_, i) => i))
  writeFileSync(join(folder, name), Buffer.concat([start, Buffer.from(header), bytes]))
}
mkdirSync(folder, { recursive: true })
await write("normal.npy", split.trainNormal)
await write("outliers.npy", split.outliers)
