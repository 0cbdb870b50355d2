import { join } from "node:path"
import { createDataset } from "@ifnormal/core"
import { writeFileAtomic } from "@ifnormal/core/node"
import { interruptible } from "../interrupt.js"
import { cacheFolder, datasetContext, openData } from "../jobs/data.js"
import { readExperiment } from "../jobs/experiment.js"
import { spread } from "../jobs/gallery.js"
import { describeNormal } from "../jobs/run.js"
import type { GlobalOptions } from "../options.js"
import { Output, table } from "../output.js"
import { loadRegistry, ofConfig, requested } from "../plugins.js"

const SHEET_COLUMNS = 16
const SHEET_ROWS = 3

/** `ifnormal data fetch <name>` */
export async function dataFetch(name: string, options: GlobalOptions): Promise<void> {
  const output = new Output(options)
  const context = datasetContext(options.seed ?? 1, options)
  if (name === "mnist") {
    const { fetchMnist } = await import("@ifnormal/datasets")
    const fetched = await interruptible(output.note.bind(output), (signal) =>
      fetchMnist(join(context.cacheDir, "mnist"), {
        offline: options.offline,
        signal,
        onProgress: output.note.bind(output),
      }),
    )
    const how = fetched.fetched ? "fetched" : "already there"
    output.result(
      { dataset: name, ...fetched },
      `MNIST (${how}): ${fetched.folder}, all four files with the right SHA-256.`,
    )
    return
  }
  const registry = await loadRegistry(requested(options.plugin))
  const dataset = await createDataset(registry, { type: name }, context)
  const images = (await dataset.train()).length
  context.stop()
  output.result(
    { dataset: name, folder: cacheFolder(), images, license: dataset.license },
    `${dataset.name}: ${images} images, kept in ${cacheFolder()}. ${dataset.license}`,
  )
}

interface CheckOptions extends GlobalOptions {
  readonly folder?: string
}

/** `ifnormal data check <dataset or config>` */
export async function dataCheck(what: string, options: CheckOptions): Promise<void> {
  if (/\.(json|ya?ml|[cm]?[jt]s)$/.test(what)) await checkExperiment(what, options)
  else await checkDataset(what, options)
}

async function checkExperiment(config: string, options: GlobalOptions): Promise<void> {
  const output = new Output(options)
  const experiment = await readExperiment(config)
  const registry = await loadRegistry([...ofConfig(experiment.plugins, config), ...requested(options.plugin)])
  const { dataset, outlierExposure, counts } = await openData(experiment, registry, options)
  const licenses = [dataset, ...(outlierExposure ? [outlierExposure] : [])].map(
    ({ name, license }) => `${name}: ${license}`,
  )
  const normal = describeNormal(experiment)
  output.result(
    { dataset: dataset.name, normal, counts, licenses },
    [
      `${dataset.name}, normal = ${normal}`,
      table(["split", "images"], Object.entries(counts)),
      ...licenses,
    ].join("\n"),
  )
}

async function checkDataset(type: string, options: CheckOptions): Promise<void> {
  const output = new Output(options)
  const registry = await loadRegistry(requested(options.plugin))
  const context = datasetContext(options.seed ?? 1, options)
  const typed = { type, options: options.folder === undefined ? {} : { folder: options.folder } }
  const { dataCheck } = await import("@ifnormal/datasets")
  const found = await dataCheck(await createDataset(registry, typed, context))
  context.stop()
  const rows: (readonly [string, number, number])[] = [["all", found.train.images, found.test.images]]
  const names = new Set([...Object.keys(found.train.classes), ...Object.keys(found.test.classes)])
  for (const name of names) rows.push([name, found.train.classes[name] ?? 0, found.test.classes[name] ?? 0])
  for (const [attribute, values] of Object.entries(found.train.attributes))
    for (const [value, n] of Object.entries(values))
      rows.push([`${attribute} ${value}`, n, found.test.attributes[attribute]?.[value] ?? 0])
  const { duplicates } = found.train
  const lines = [
    `${found.name}, images of ${found.train.shape.join(" x ")}`,
    table(["class", "train", "test"], rows),
    `Duplicates: ${duplicates} in the training part, ${found.test.duplicates} in the test part; ${found.shared} images are in both.`,
    found.license,
  ]
  output.result(found, lines.join("\n"))
}

interface PreviewOptions extends GlobalOptions {
  readonly out: string
}

/** `ifnormal data preview <config>` */
export async function dataPreview(config: string, options: PreviewOptions): Promise<void> {
  const output = new Output(options)
  const experiment = await readExperiment(config)
  const registry = await loadRegistry([...ofConfig(experiment.plugins, config), ...requested(options.plugin)])
  const { dataset, split, counts } = await openData(experiment, registry, options)
  const { contactSheet } = await import("@ifnormal/datasets")
  // Of the training part only: the test set is read once, by evaluate.
  const sources = [split.trainNormal, ...(split.outliers ? [split.outliers] : []), split.validationAnomalies]
  const parts: Uint8Array[] = []
  for (const source of sources)
    parts.push(await source.read(spread(source.length, SHEET_ROWS * SHEET_COLUMNS)))
  const bytes = new Uint8Array(Buffer.concat(parts))
  const shape = split.trainNormal.shape
  const n = bytes.length / (shape[0] * shape[1] * shape[2])
  await writeFileAtomic(options.out, await contactSheet(bytes, n, shape, SHEET_COLUMNS))
  output.result(
    { file: options.out, dataset: dataset.name, counts },
    `${table(["split", "images"], Object.entries(counts))}\nWrote ${options.out}: normal (${describeNormal(experiment)}), then outlier exposure, then anomalies (validation).`,
  )
}
