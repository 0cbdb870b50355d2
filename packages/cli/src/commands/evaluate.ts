import { existsSync } from "node:fs"
import { join } from "node:path"
import { type Experiment, IfnormalError, type ImageSource } from "@ifnormal/core"
import { loadDetector } from "@ifnormal/core/node"
import { useBackend } from "../backend.js"
import { deliver, type FormatOptions, formatOf } from "../formats.js"
import { interruptible } from "../interrupt.js"
import { noteCounts, openData } from "../jobs/data.js"
import { evaluateRun } from "../jobs/evaluate.js"
import { readRunExperiment } from "../jobs/experiment.js"
import { openTestMasks } from "../jobs/masks.js"
import { answers, parseTypes } from "../jobs/measures.js"
import { loadModel } from "../jobs/model.js"
import { writeRunFile } from "../jobs/run.js"
import { metricsSheet } from "../jobs/show.js"
import { weightReader } from "../jobs/weights.js"
import { Output } from "../output.js"

interface EvaluateOptions extends FormatOptions {
  readonly anomalies?: number
  readonly secondDetector?: string
  readonly gallery: number
  readonly metrics?: string
  readonly draws: number
  readonly masks?: string
}

/** `ifnormal evaluate <run>` */
export async function evaluate(run: string, options: EvaluateOptions): Promise<void> {
  const output = new Output(options)
  formatOf(options)
  const experiment = await readRunExperiment(run)
  const backend = await useBackend(options)
  const model = await loadModel(run, options)
  const named =
    options.metrics === undefined ? undefined : parseTypes(options.metrics, model.registry.types("metrics"))
  for (const { type } of named ?? []) model.registry.metric(type)
  const second = options.secondDetector && (await loadDetector(options.secondDetector, model.registry))
  const data = await openData(experiment, model.registry, options, { exposure: false })
  const metrics = await interruptible(output.note.bind(output), (signal) => {
    noteCounts(output, data)
    return evaluateRun({
      ...{ run, experiment, model, data, output, signal, gallery: options.gallery },
      bootstrap: { draws: options.draws, ...(options.seed !== undefined && { seed: options.seed }) },
      weights: weightReader(),
      openMasks: (anomalies) => masksOf(anomalies, experiment, output, options.masks),
      ...(options.anomalies !== undefined && { anomalies: options.anomalies }),
      ...(named && { named }),
      ...(second && { second }),
    })
  })
  await writeRunFile({ run, experiment, data, backend })
  await deliver(metricsSheet(run, metrics, named && answers(named)), options, output)
}

// MVTec's layout has the masks beside train/ and test/. Found there and not asked for, they may be incomplete.
async function masksOf(anomalies: ImageSource, { dataset }: Experiment, output: Output, folder?: string) {
  if (folder !== undefined) return openTestMasks(folder, anomalies)
  const path = (dataset as { path?: unknown }).path
  if (typeof path !== "string" || !anomalies.files || !existsSync(join(path, "ground_truth")))
    return undefined
  return openTestMasks(join(path, "ground_truth"), anomalies).catch((error: unknown) => {
    if (!IfnormalError.isInstance(error) || error.code !== "masks-missing") throw error
    output.note(`No masks are used: ${error.message}`)
    return undefined
  })
}
