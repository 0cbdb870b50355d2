import { homedir } from "node:os"
import { join } from "node:path"
import {
  type AnomalySplit,
  createDataset,
  type Dataset,
  type DatasetContext,
  type Experiment,
  type Registry,
  sectionOptions,
  splitAnomalies,
  type TrainingData,
  trainingData,
} from "@ifnormal/core"
import type { GlobalOptions } from "../options.js"
import type { Output } from "../output.js"
import { startProgress } from "../progress.js"
import { checkOptions } from "./experiment.js"
import type { Part } from "./train.js"

/** The images of an experiment, and how many there are of what. */
export interface ExperimentData {
  readonly dataset: Dataset
  readonly outlierExposure?: Dataset
  readonly split: AnomalySplit
  readonly counts: Readonly<Record<string, number>>
}

/** Where downloaded and rendered data is kept: IFNORMAL_CACHE, or ~/.cache/ifnormal. */
export function cacheFolder(): string {
  return (
    process.env.IFNORMAL_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "ifnormal")
  )
}

/** What a data set is made with. */
export function datasetContext(seed: number, options: GlobalOptions): DatasetContext & { stop(): void } {
  let shown: ReturnType<typeof startProgress> | undefined
  return {
    cacheDir: cacheFolder(),
    offline: options.offline,
    seed,
    onProgress(message, done, total) {
      shown ??= startProgress({ label: message, total, quiet: options.quiet })
      void shown.then((progress) => progress.update(done))
    },
    stop() {
      void shown?.then((progress) => progress.stop())
    },
  }
}

/**
 * Opens the data of an experiment and splits it.
 * @param exposure open the outlier exposure too; only training needs it, and rendering it takes a while
 */
export async function openData(
  experiment: Experiment,
  registry: Registry,
  options: GlobalOptions,
  { exposure: opened = true }: { readonly exposure?: boolean } = {},
): Promise<ExperimentData> {
  checkOptions(experiment, registry)
  const context = datasetContext(experiment.seed, options)
  const { normal, anomalies, labelledAnomalies, validation } = experiment.setup
  const exposure = opened ? experiment.setup.outlierExposure : undefined
  try {
    const dataset = await createDataset(registry, sectionOptions(experiment.dataset), context)
    const outlierExposure = exposure && (await createDataset(registry, sectionOptions(exposure), context))
    const split = await splitAnomalies(
      dataset,
      {
        normal,
        ...(anomalies && { anomalies }),
        ...(outlierExposure && { outlierExposure }),
        ...(labelledAnomalies && { labelledAnomalies }),
      },
      { seed: experiment.seed, validation },
    )
    return { dataset, ...(outlierExposure && { outlierExposure }), split, counts: countSplit(split) }
  } finally {
    context.stop()
  }
}

/**
 * What a part is trained on. A generator sees outlier exposure whatever its detector learned from, so that detectors are
 * compared on equal terms.
 */
export function partData(
  part: Part,
  { trainNormal, outliers, labelledAnomalies }: AnomalySplit,
): TrainingData {
  return trainingData(trainNormal, part === "detector" ? (labelledAnomalies ?? outliers) : outliers)
}

/** Images by split. */
export function countSplit(split: AnomalySplit): Record<string, number> {
  return {
    "train normal": split.trainNormal.length,
    ...(split.outliers && { "outlier exposure": split.outliers.length }),
    ...(split.labelledAnomalies && { "labelled anomalies": split.labelledAnomalies.length }),
    "validation normal": split.validationNormal.length,
    "validation anomalies": split.validationAnomalies.length,
    "test normal": split.testNormal.length,
    "test anomalies": split.testAnomalies.length,
  }
}

/** The split in one line, before anything is trained. */
export function noteCounts(output: Output, data: ExperimentData): void {
  const counts = Object.entries(data.counts).map(([name, n]) => `${name} ${n}`)
  output.note(`${data.dataset.name}: ${counts.join(", ")}`)
}
