import { loadDetector } from "@ifnormal/core/node"
import { useBackend } from "../backend.js"
import { interruptible } from "../interrupt.js"
import { noteCounts, openData } from "../jobs/data.js"
import { evaluateRun } from "../jobs/evaluate.js"
import { readRunExperiment } from "../jobs/experiment.js"
import { loadModel } from "../jobs/model.js"
import { writeRunFile } from "../jobs/run.js"
import { describeMetrics } from "../jobs/show.js"
import type { GlobalOptions } from "../options.js"
import { Output } from "../output.js"

interface EvaluateOptions extends GlobalOptions {
  readonly anomalies?: number
  readonly secondDetector?: string
  readonly gallery: number
}

/** `ifnormal evaluate <run>` */
export async function evaluate(run: string, options: EvaluateOptions): Promise<void> {
  const output = new Output(options)
  const experiment = await readRunExperiment(run)
  const backend = await useBackend(options)
  const model = await loadModel(run, options)
  const second = options.secondDetector && (await loadDetector(options.secondDetector, model.registry))
  const data = await openData(experiment, model.registry, options, { exposure: false })
  noteCounts(output, data)
  const metrics = await interruptible(output.note.bind(output), (signal) =>
    evaluateRun({ ...options, run, experiment, model, data, output, signal, ...(second && { second }) }),
  )
  await writeRunFile({ run, experiment, data, backend })
  output.result({ run, ...metrics }, describeMetrics(metrics))
}
