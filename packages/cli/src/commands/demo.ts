import { existsSync } from "node:fs"
import { cp } from "node:fs/promises"
import { join, relative } from "node:path"
import { CheckpointError, type Experiment, type MetricsFile } from "@ifnormal/core"
import { attempt, loadManifest, RunFolder } from "@ifnormal/core/node"
import { type Backend, useBackend } from "../backend.js"
import { interruptible } from "../interrupt.js"
import { type ExperimentData, noteCounts, openData } from "../jobs/data.js"
import { evaluateRun } from "../jobs/evaluate.js"
import { readRunExperiment } from "../jobs/experiment.js"
import { type LoadedModel, loadModel, requireModel, shippedModel } from "../jobs/model.js"
import { titleOf, writeRunFile } from "../jobs/run.js"
import { describeSemantics } from "../jobs/show.js"
import { formatSeconds, type GlobalOptions } from "../options.js"
import { Output, percent } from "../output.js"

const GALLERY = 48

export interface DemoOptions extends GlobalOptions {
  readonly train: boolean
  /** Seconds. */
  readonly budget?: number
  readonly resume: boolean
  readonly anomalies: number
  readonly out?: string
  readonly model?: string
  readonly config?: string
}

/** `ifnormal demo`, with or without --train */
export async function demo(options: DemoOptions): Promise<void> {
  const output = new Output(options)
  const began = performance.now()
  const backend = await useBackend(options)
  if (options.train) {
    const { trainDemo } = await import("../jobs/demo-train.js")
    const trained = await trainDemo(options, backend, output, began)
    const text = [trained.curve.describe(), ""].join("\n")
    await finish({
      ...trained,
      options,
      output,
      backend,
      began,
      text,
      extra: { curve: trained.curve.points },
    })
    return
  }
  const run = options.out ?? join("runs", "demo")
  await copyModel(options.model ?? shippedModel(), run)
  const experiment = await readRunExperiment(run)
  const model = await loadModel(run, options)
  const data = await openData(experiment, model.registry, options, { exposure: false })
  noteCounts(output, data)
  await finish({ run, experiment, model, data, options, output, backend, began, text: "", extra: {} })
}

async function copyModel(from: string, run: string): Promise<void> {
  // Looked at first: a model that is not whole leaves no run folder behind.
  requireModel(from)
  for (const part of ["detector", "generator"]) await loadManifest(join(from, part))
  if (!existsSync(join(from, "experiment.json")))
    throw new CheckpointError({
      code: "checkpoint-missing",
      message: `The model folder ${from} has no experiment.json.`,
      next: "Name a run or a model folder with --model, or train one: ifnormal demo --train",
    })
  const folder = await RunFolder.create(run)
  for (const name of ["detector", "generator", "experiment.json"])
    await attempt("write", folder.path(name), () =>
      cp(join(from, name), folder.path(name), { recursive: true }),
    )
}

interface Finish {
  readonly run: string
  readonly experiment: Experiment
  readonly model: LoadedModel
  readonly data: ExperimentData
  readonly options: DemoOptions
  readonly output: Output
  readonly backend: Backend
  /** `performance.now()` when the command began. */
  readonly began: number
  readonly text: string
  readonly extra: Readonly<Record<string, unknown>>
}

async function finish({
  run,
  experiment,
  model,
  data,
  options,
  output,
  backend,
  began,
  text,
  extra,
}: Finish) {
  const ready = performance.now()
  const metrics = await interruptible(output.note.bind(output), (signal) =>
    evaluateRun({
      run,
      experiment,
      model,
      data,
      output,
      signal,
      anomalies: options.anomalies,
      gallery: GALLERY,
    }),
  )
  await writeRunFile({ run, experiment, data, backend })
  const evaluated = performance.now()
  const { writeReport } = await import("@ifnormal/report")
  const report = relative(process.cwd(), await writeReport(run))
  const ended = performance.now()
  const seconds = {
    ready: (ready - began) / 1000,
    evaluate: (evaluated - ready) / 1000,
    report: (ended - evaluated) / 1000,
    all: (ended - began) / 1000,
  }
  const shown = [
    `${text}${verdict(metrics, data, options.anomalies)}`,
    `Times: ${options.train ? "training" : "loading"} ${formatSeconds(seconds.ready)}, evaluation ${formatSeconds(seconds.evaluate)}, report ${formatSeconds(seconds.report)}; all ${formatSeconds(seconds.all)}.`,
    `Report: ${report} (opens by double click). Everything on the whole test set: ifnormal evaluate ${run}`,
  ]
  output.result({ run, report, seconds, ...extra, ...metrics }, shown.join("\n"))
}

function verdict(metrics: MetricsFile, data: ExperimentData, anomalies: number): string {
  const counts = data.counts["test anomalies"] ?? 0
  const part =
    anomalies < counts ? `${anomalies} of ${counts} test anomalies` : `all ${counts} test anomalies`
  return `${titleOf(data)}, ${part}.\n${describeSemantics(metrics)}${headline(metrics)}`
}

function headline({ metrics, semantics }: MetricsFile): string {
  const value = (name: string) => percent(metrics.find((row) => row.name === name)?.value ?? Number.NaN)
  const height = metrics.find((row) => row.name === "Mean score of test anomalies")?.value
  const all = semantics?.rows.find(({ name }) => name === "all counterfactuals")
  const judged = all ? ` An independent judge finds ${percent(all.cyanOrOne)} of them cyan or a one.` : ""
  const missed = metrics.filter(({ bar }) => bar && !bar.met).map(({ name }) => name)
  const bars =
    missed.length > 0 ? `Bars that are NOT MET here: ${missed.join("; ")}.` : "All bars are met here."
  return [
    `Detector: AuROC ${value("Detector AuROC")}, mean score of anomalies ${(height ?? Number.NaN).toFixed(2)}.`,
    `Counterfactuals: ${value("Stamped valid")} are valid; AuROC normal vs. CE ${value("AuROC normal vs. CE")}.${judged}`,
    bars,
  ].join("\n")
}
