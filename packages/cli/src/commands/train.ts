import { dirname, join } from "node:path"
import { ConfigError, type Experiment } from "@ifnormal/core"
import { engineWords, useBackend } from "../backend.js"
import { interruptible } from "../interrupt.js"
import { applyPlan, measureStep, planSteps } from "../jobs/budget.js"
import { noteCounts, openData } from "../jobs/data.js"
import { readExperiment, readRunExperiment } from "../jobs/experiment.js"
import { resolveLimits } from "../jobs/limits.js"
import { prepareRun, writeRunFile } from "../jobs/run.js"
import { type Part, trainPart } from "../jobs/train.js"
import { formatSeconds, type GlobalOptions } from "../options.js"
import { Output } from "../output.js"
import { loadRegistry, ofConfig, requested, requireAllowed } from "../plugins.js"

interface TrainOptions extends GlobalOptions {
  readonly run?: string
  readonly budget?: number
  readonly resume: boolean
  readonly overwrite: boolean
  readonly saveEvery: number
}

/** `ifnormal train detector [config]` */
export function detector(config: string | undefined, options: TrainOptions): Promise<void> {
  return train("detector", config, options)
}

/** `ifnormal train generator [config]` */
export function generator(config: string | undefined, options: TrainOptions): Promise<void> {
  return train("generator", config, options)
}

async function train(part: Part, config: string | undefined, options: TrainOptions): Promise<void> {
  const output = new Output(options)
  const named = await readNamed(part, config, options)
  const { registry } = named
  let experiment = named.experiment
  if (options.seed !== undefined) experiment = { ...experiment, seed: options.seed }
  const run = options.run ?? join("runs", experiment.name)
  const backend = await useBackend(options)
  const data = await openData(experiment, registry, options)
  noteCounts(output, data)

  const stored = await prepareRun(run, part, experiment, options)
  experiment = stored.experiment
  if (stored.ignored.length > 0)
    output.note(`${run} was begun with other ${stored.ignored.join(", ")}; those hold.`)
  if (options.budget !== undefined && !stored.resumed) {
    const seconds = await measureStep(part, experiment, registry, data)
    const plan = planSteps(part, options.budget, seconds)
    output.note(
      `Plan: ${formatSeconds(options.budget)} at ${seconds.toPrecision(2)} s a step: ${plan.steps} steps of ${experiment[part].training.batchSize} images.`,
    )
    experiment = applyPlan(experiment, plan)
  }
  await stored.folder.writeJson("experiment.json", experiment)
  const trained = await interruptible(output.note.bind(output), (signal) =>
    trainPart({
      part,
      experiment,
      registry,
      run,
      data,
      output,
      signal,
      resume: options.resume,
      overwrite: options.overwrite,
      saveEvery: options.saveEvery,
      resumeCommand: resumeCommand(part, run, options),
    }),
  )
  // The limits that explain and evaluate stamp with, so that neither has to look at the normal images again.
  if (part === "generator") {
    const explain = await resolveLimits(experiment, data.split)
    await stored.folder.writeJson("experiment.json", { ...experiment, explain })
  }
  await writeRunFile({ run, experiment, data, backend })
  const next = part === "detector" ? `ifnormal train generator --run ${run}` : `ifnormal evaluate ${run}`
  output.result({ run, part, ...trained, next }, `Trained the ${part} in ${trained.folder}. Next: ${next}`)
}

async function readNamed(part: Part, config: string | undefined, options: TrainOptions) {
  if (config !== undefined) {
    const experiment = await readExperiment(config)
    const requests = [...ofConfig(experiment.plugins, config), ...requested(options.plugin)]
    return { experiment, registry: await loadRegistry(requests, dirname(config)) }
  }
  if (options.run === undefined)
    throw new ConfigError({
      code: "missing-argument",
      message: "Neither an experiment file nor --run was given.",
      next: `Run: ifnormal train ${part} experiment.yaml, or write one first: ifnormal init`,
    })
  const experiment: Experiment = await readRunExperiment(options.run)
  requireAllowed(experiment.plugins, options.plugin)
  return { experiment, registry: await loadRegistry(requested(options.plugin)) }
}

function resumeCommand(part: Part, run: string, options: TrainOptions): string {
  const plugins = options.plugin.map((name) => ` --plugin ${name}`).join("")
  return `ifnormal train ${part} --run ${run} --resume${engineWords(options)}${plugins}`
}
