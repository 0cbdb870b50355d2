import { existsSync } from "node:fs"
import { join } from "node:path"
import { type CounterfactualGenerator, type Experiment, parseExperiment, type Registry } from "@ifnormal/core"
import { RunFolder } from "@ifnormal/core/node"
import { type Backend, engineWords } from "../backend.js"
import type { DemoOptions } from "../commands/demo.js"
import { interruptible } from "../interrupt.js"
import { formatSeconds } from "../options.js"
import type { Output } from "../output.js"
import { loadRegistry, ofConfig, requested } from "../plugins.js"
import { applyPlan, measureStep, planSteps } from "./budget.js"
import { QualityCurve } from "./curve.js"
import { type ExperimentData, noteCounts, openData } from "./data.js"
import { readExperiment } from "./experiment.js"
import { resolveLimits } from "./limits.js"
import { type LoadedModel, loadModel, shippedModel } from "./model.js"
import { coloredMnistRecipe } from "./recipe.js"
import { prepareRun, writeRunFile } from "./run.js"
import { type Part, trainPart } from "./train.js"

const DEFAULT_BUDGET = 600
/** Left for the evaluation and the report, seconds and share of the budget. */
const RESERVE = { seconds: 60, share: 0.15 }
/** Most of the remaining time that the detector may take. */
const DETECTOR_SHARE = 0.3
const SAVE_EVERY = 50

export interface TrainedDemo {
  readonly run: string
  readonly experiment: Experiment
  readonly model: LoadedModel
  readonly data: ExperimentData
  readonly curve: QualityCurve
}

interface Job {
  readonly run: string
  readonly registry: Registry
  readonly data: ExperimentData
  readonly options: DemoOptions
  readonly output: Output
  readonly backend: Backend
  /** Seconds since the command began. */
  readonly elapsed: () => number
}

/** Trains detector and generator from nothing within a budget, and judges the generator on the way. */
export async function trainDemo(
  options: DemoOptions,
  backend: Backend,
  output: Output,
  began: number,
): Promise<TrainedDemo> {
  const run = options.out ?? join("runs", "demo-train")
  const given = options.config === undefined ? await shippedRecipe() : await readExperiment(options.config)
  const requests = options.config === undefined ? [] : ofConfig(given.plugins, options.config)
  const registry = await loadRegistry([...requests, ...requested(options.plugin)])
  let experiment: Experiment = { ...given, ...(options.seed !== undefined && { seed: options.seed }) }
  const data = await openData(experiment, registry, options)
  noteCounts(output, data)
  const elapsed = () => (performance.now() - began) / 1000
  const job: Job = { run, registry, data, options, output, backend, elapsed }

  const folder = await RunFolder.create(run)
  const curve = new QualityCurve(folder, experiment, data, output, began)
  if (options.resume) await curve.resume()
  experiment = await trainPlanned("detector", experiment, job)
  experiment = await trainPlanned("generator", experiment, job, curve)
  experiment = { ...experiment, explain: await resolveLimits(experiment, data.split) }
  await folder.writeJson("experiment.json", experiment)
  return { run, experiment, model: await loadModel(run, options), data, curve }
}

// The recipe of the shipped model, so that --train makes what the demo shows.
async function shippedRecipe(): Promise<Experiment> {
  const path = join(shippedModel(), "experiment.json")
  return existsSync(path) ? readExperiment(path) : parseExperiment(coloredMnistRecipe)
}

async function trainPlanned(
  part: Part,
  given: Experiment,
  job: Job,
  curve?: QualityCurve,
): Promise<Experiment> {
  const { run, registry, data, options, output, backend } = job
  const { folder, experiment: stored } = await prepareRun(run, part, given, options)
  // A part that has begun keeps the number of steps it was begun with.
  const begun = options.resume && (await folder.has(part))
  const experiment = begun ? stored : await plan(part, stored, job)
  await folder.writeJson("experiment.json", experiment)
  const { steps } = experiment[part].training
  await interruptible(output.note.bind(output), (signal) =>
    trainPart({
      part,
      experiment,
      registry,
      run,
      data,
      output,
      signal,
      resume: begun,
      overwrite: true,
      saveEvery: SAVE_EVERY,
      resumeCommand: resumeCommand(options),
      ...(curve && {
        onStep: (step, model) => curve.afterStep(step, steps, model as CounterfactualGenerator),
      }),
    }),
  )
  await writeRunFile({ run, experiment, data, backend })
  return experiment
}

// The recipe's steps where they fit; an explicit budget gives the generator all its time.
async function plan(part: Part, experiment: Experiment, { registry, data, options, output, elapsed }: Job) {
  const total = options.budget ?? DEFAULT_BUDGET
  const left = Math.max(0, total - elapsed() - Math.min(RESERVE.seconds, RESERVE.share * total))
  const seconds = await measureStep(part, experiment, registry, data)
  const recipe = experiment[part].training.steps
  const most = part === "generator" && options.budget !== undefined ? undefined : recipe
  const planned = planSteps(part, part === "detector" ? DETECTOR_SHARE * left : left, seconds, most)
  const time = formatSeconds(planned.steps * seconds)
  output.note(
    `Plan: ${part}, ${planned.steps} steps at ${seconds.toPrecision(2)} s, ${time} (the recipe has ${recipe}).`,
  )
  return applyPlan(experiment, planned)
}

function resumeCommand(options: DemoOptions): string {
  const words = ["ifnormal demo --train --resume"]
  if (options.out !== undefined) words.push(`--out ${options.out}`)
  if (options.config !== undefined) words.push(`--config ${options.config}`)
  if (options.seed !== undefined) words.push(`--seed ${options.seed}`)
  return words.join(" ") + engineWords(options)
}
