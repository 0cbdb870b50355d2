import {
  type Detector,
  type Experiment,
  type ImageSource,
  type MetricRow,
  type MetricsFile,
  type ScoresFile,
  subset,
} from "@ifnormal/core"
import { RunFolder } from "@ifnormal/core/node"
import { meanInterval } from "@ifnormal/metrics"
import type { Output } from "../output.js"
import { startProgress } from "../progress.js"
import type { ExperimentData } from "./data.js"
import { spread, writeGallery } from "./gallery.js"
import { openJudge } from "./judge.js"
import { resolveLimits } from "./limits.js"
import { createMeasures, measureRow } from "./measures.js"
import type { LoadedModel } from "./model.js"
import { type Explained, explainPass, type Pass, SWEEP_IMAGES, scorePass, sweepPass } from "./passes.js"

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
}

/**
 * Measures a run on the test set, read once, and writes metrics.json, scores.json and explanations/.
 * @throws DataError, ShapeError, FileError; TrainingError "stopped" after Ctrl-C, with nothing written
 */
export async function evaluateRun(request: EvaluateRequest): Promise<MetricsFile> {
  const { experiment, model, data, output, second, signal } = request
  const { detector, generator, registry } = model
  const folder = await RunFolder.open(request.run)
  const normal = data.split.testNormal
  const anomalies = some(data.split.testAnomalies, request.anomalies)
  const limits = await resolveLimits(experiment, data.split)
  const measures = await createMeasures(
    registry,
    experiment,
    detector.inputShape,
    generator.concepts,
    limits.tolerance,
  )
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
    advance: (images) => {
      done += images
      progress.update(done)
    },
    ...(judge && { judge }),
    ...(second && { second }),
  }
  const normalScores = await scorePass(normal, pass)
  const explained = await explainPass(anomalies, pass)
  await sweepPass(anomalies, normal, pass)
  progress.stop()
  output.note("Computing intervals and storing explanations.")

  const rows: MetricRow[] = []
  for (const measure of measures) rows.push(await measureRow(measure))
  rows.push(...ownRows(explained, limits.tolerance), ...(judge?.rows() ?? []))
  const metrics: MetricsFile = { format: 1, metrics: rows, ...(judge && { semantics: judge.table() }) }
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
  await folder.writeJson("scores.json", scores)
  await folder.writeJson("metrics.json", metrics)
  return metrics
}

function some(source: ImageSource, count?: number): ImageSource {
  return count === undefined ? source : subset(source, spread(source.length, count))
}

// What no metric of a plugin sees: the detector's height on anomalies, stamps, a second detector, time.
function ownRows({ anomaly, counterfactual, explainSeconds }: Explained, tolerance: number): MetricRow[] {
  const { phi } = anomaly
  const height = mean(phi)
  const stamps = counterfactual.flatMap(({ status }) => status)
  const second = counterfactual.flatMap((concept) => concept.second)
  const stamp = (name: (typeof stamps)[number]): MetricRow => ({
    name: `Stamped ${name}`,
    value: stamps.filter((status) => status === name).length / stamps.length,
    n: stamps.length,
    unit: "fraction",
  })
  return [
    {
      name: "Mean score of test anomalies",
      value: height,
      n: phi.length,
      interval: meanInterval(phi),
      ideal: 1,
      bar: { text: ">= 0.8", met: height >= 0.8 },
    },
    stamp("valid"),
    stamp("target-missed"),
    stamp("too-far"),
    stamp("not-distinct"),
    stamp("fragile"),
    ...(second.length > 0
      ? [
          {
            name: "Validity under a second detector",
            value: second.filter((score) => score <= tolerance).length / second.length,
            n: second.length,
            unit: "fraction" as const,
            recipe: `share of CEs that a detector of another seed scores <= ${tolerance}`,
          },
        ]
      : []),
    {
      name: "Time to explain 1000 images",
      value: (1000 * explainSeconds) / phi.length,
      n: phi.length,
      unit: "seconds",
      recipe: "all concepts, with re-scoring and stamps",
      ...(counterfactual.length === 2 && {
        bar: { text: "<= 30 s", met: (1000 * explainSeconds) / phi.length <= 30 },
      }),
    },
  ]
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length
}
