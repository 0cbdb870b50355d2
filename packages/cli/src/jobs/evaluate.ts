import { setImmediate } from "node:timers/promises"
import {
  type Detector,
  type Experiment,
  type ImageSource,
  type MetricContext,
  type MetricRow,
  type MetricsFile,
  type ScoresFile,
  subset,
} from "@ifnormal/core"
import { RunFolder } from "@ifnormal/core/node"
import type { Output } from "../output.js"
import { startProgress } from "../progress.js"
import type { ExperimentData } from "./data.js"
import { earlierRows } from "./earlier-rows.js"
import { spread, writeGallery } from "./gallery.js"
import { openJudge } from "./judge.js"
import { resolveLimits } from "./limits.js"
import type { TestMasks } from "./masks.js"
import { createMeasures, type Measure, measureRow, type Named } from "./measures.js"
import { likeMnist } from "./metric-list.js"
import type { LoadedModel } from "./model.js"
import { ownRows, stampShares } from "./own-rows.js"
import { explainPass, type Pass, SWEEP_IMAGES, scorePass, sweepPass } from "./passes.js"
import { weightsOf } from "./run.js"
import { makeValues } from "./values.js"

export interface EvaluateRequest {
  readonly run: string
  readonly experiment: Experiment
  readonly model: LoadedModel
  readonly data: ExperimentData
  readonly output: Output
  readonly signal: AbortSignal
  /** At most so many test anomalies, evenly spread; default all. */
  readonly anomalies?: number
  /** Anomalies stored for the report. */
  readonly gallery: number
  /** A detector of another seed. */
  readonly second?: Detector
  /** Metrics that were named for this call; default: those of the experiment, or the quick ones. */
  readonly named?: readonly Named[]
  /** How intervals are drawn. */
  readonly bootstrap?: NonNullable<MetricContext["bootstrap"]>
  readonly weights?: MetricContext["weights"]
  /** Opens the masks of the anomalies that are measured. */
  readonly openMasks?: (anomalies: ImageSource) => Promise<TestMasks | undefined>
}

/**
 * Measures a run on the test set, read once, and writes metrics.json, scores.json, values.json and explanations/. Rows of
 * metrics that were measured before and not now stay where weights and test images are the same.
 * @throws DataError, ShapeError, FileError; PluginError "plugin-unknown-type"; CheckpointError "weights-missing";
 * TrainingError "stopped" after Ctrl-C, with nothing written
 */
export async function evaluateRun(request: EvaluateRequest): Promise<MetricsFile> {
  const { experiment, model, data, output, second, signal, named, bootstrap = {}, weights } = request
  const { detector, generator, registry } = model
  const folder = await RunFolder.open(request.run)
  const normal = data.split.testNormal
  const anomalies = some(data.split.testAnomalies, request.anomalies)
  const masks = await request.openMasks?.(anomalies)
  const limits = await resolveLimits(experiment, data.split)
  const { measures, skipped, types, left } = await createMeasures({
    registry,
    experiment,
    inputShape: detector.inputShape,
    concepts: generator.concepts,
    tolerance: limits.tolerance,
    images: Math.min(normal.length, anomalies.length),
    has: {
      maps: detector.anomalyMap !== undefined,
      masks: masks !== undefined,
      second: second !== undefined,
      digits: likeMnist(experiment),
    },
    bootstrap,
    ...(named && { named }),
    ...(weights && { weights }),
  })
  const judge = openJudge(experiment, data.dataset, detector.inputShape)
  const swept = [normal, anomalies].reduce((sum, { length }) => sum + Math.min(length, SWEEP_IMAGES), 0)
  const total = normal.length + anomalies.length + swept
  const progress = await startProgress({ label: "evaluate", total, quiet: output.quiet })
  let done = 0
  const pass: Pass = {
    model,
    measures,
    limits,
    signal,
    anomalies: anomalies.length,
    seed: bootstrap.seed ?? 1,
    advance: (images) => {
      done += images
      progress.update(done)
    },
    ...(judge && { judge }),
    ...(second && { second }),
    ...(masks && { masks }),
  }
  const normalScores = await scorePass(normal, pass)
  const explained = await explainPass(anomalies, pass)
  await sweepPass(anomalies, normal, pass)
  progress.stop()
  output.note("Computing intervals and storing explanations.")

  const rows: MetricRow[] = [...(await measureRows(measures, signal)), ...skipped]
  const shares = [...stampShares(explained), ...(judge?.shares() ?? [])]
  rows.push(...ownRows(explained, shares, bootstrap))
  for (const row of rows) if (row.skipped) output.note(`Skipped ${row.name}: ${row.skipped}`)
  if (left.length > 0) output.note(`Not measured, name them with --metrics: ${left.join(", ")}.`)
  const values = makeValues(await weightsOf(request.run), normalScores, explained, measures, shares)
  const kept = await earlierRows(folder, types, values)
  const metrics: MetricsFile = {
    format: 1,
    metrics: kept.order([...rows, ...kept.rows]),
    ...(judge && { semantics: judge.table() }),
  }
  judge?.dispose()
  const scores: ScoresFile = {
    format: 1,
    normal: [...normalScores.phi],
    anomaly: [...explained.anomaly.phi],
    counterfactual: explained.counterfactual.map(({ phi }) => phi),
  }
  await writeGallery({
    folder,
    model,
    dataset: data.dataset,
    anomalies,
    normal,
    limits,
    size: request.gallery,
  })
  signal.throwIfAborted()
  await folder.writeJson("scores.json", scores)
  await folder.write(
    "values.json",
    `${JSON.stringify({ ...values, metrics: [...values.metrics, ...kept.values] })}\n`,
  )
  await folder.writeJson("metrics.json", metrics)
  return metrics
}

function some(source: ImageSource, count?: number): ImageSource {
  return count === undefined ? source : subset(source, spread(source.length, count))
}

async function measureRows(measures: readonly Measure[], signal: AbortSignal): Promise<MetricRow[]> {
  const rows: MetricRow[] = []
  for (const measure of measures) {
    // Intervals are plain loops: Ctrl-C is heard between them.
    await setImmediate()
    signal.throwIfAborted()
    rows.push(await measureRow(measure))
  }
  return rows
}
