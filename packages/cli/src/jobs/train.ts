import { existsSync } from "node:fs"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import {
  ConfigError,
  type CounterfactualGenerator,
  createDetector,
  createGenerator,
  type Detector,
  type Experiment,
  IfnormalError,
  parseConfig,
  type Registry,
  sectionOptions,
  TrainingError,
  weightsHash,
} from "@ifnormal/core"
import { attempt, loadDetector, loadManifest, resumeStore, saveModel, TrainingLog } from "@ifnormal/core/node"
import { formatSeconds } from "../options.js"
import type { Output } from "../output.js"
import { startProgress } from "../progress.js"
import { type ExperimentData, partData } from "./data.js"

export type Part = "detector" | "generator"

export interface TrainRequest {
  readonly part: Part
  readonly experiment: Experiment
  readonly registry: Registry
  readonly run: string
  readonly data: ExperimentData
  readonly output: Output
  readonly resume: boolean
  readonly overwrite: boolean
  readonly saveEvery: number
  readonly signal: AbortSignal
  /** The command that goes on after a stop. */
  readonly resumeCommand: string
  /** Called after each step with the model in training; its result is shown with the terms. */
  readonly onStep?: (
    step: number,
    model: Detector | CounterfactualGenerator,
  ) => Promise<Readonly<Record<string, number>>>
}

export interface Trained {
  readonly folder: string
  readonly steps: number
  /** Steps of this call; fewer than `steps` after --resume. */
  readonly stepsNow: number
  readonly seconds: number
  readonly terms: Readonly<Record<string, number>>
  readonly weights: string
}

/**
 * Trains one part of a run: resumable, its state saved every `saveEvery` steps, on Ctrl-C and at the end.
 * @throws ConfigError "run-exists" when there is a result or a state and neither resume nor overwrite is asked for;
 * TrainingError "stopped" after Ctrl-C, "nan"; CheckpointError for a state or detector that cannot be used
 */
export async function trainPart(request: TrainRequest): Promise<Trained> {
  const { part, experiment, run, output } = request
  const folder = join(run, part)
  const { training } = experiment[part]
  if (!request.resume && !request.overwrite) refuseExisting(folder, request.resumeCommand)
  // An old result next to a new state would look finished to --resume.
  if (!request.resume) await attempt("write", folder, () => rm(folder, { recursive: true, force: true }))
  const { model, detector } = await createPart(request)
  const store = resumeStore(folder, { key: await resumeKey(request, detector) })
  const resume = request.resume ? await store.load() : undefined
  if (request.resume && !resume && existsSync(join(folder, "manifest.json")))
    return alreadyTrained(folder, output)
  const start = resume?.step ?? 0
  if (request.resume)
    output.note(
      start > 0
        ? `Going on after step ${start} of ${training.steps}.`
        : "No saved state: starting from nothing.",
    )
  const log = await TrainingLog.open(join(folder, "log.jsonl"), { resumedStep: start })
  const before = log.last?.seconds ?? 0
  const progress = await startProgress({ label: part, total: training.steps, start, quiet: output.quiet })
  const began = performance.now()
  let last: Readonly<Record<string, number>> = {}
  let step = start
  try {
    await model.fit(partData(part, request.data.split), {
      ...training,
      seed: experiment.seed,
      signal: request.signal,
      saveEvery: request.saveEvery,
      saveState: (state) => store.save(state),
      ...(resume && { resume }),
      onStep: async (terms, done) => {
        step = done
        const extra = (await request.onStep?.(done, model)) ?? {}
        last = { ...terms, ...extra }
        await log.append({ step: done, seconds: before + (performance.now() - began) / 1000, terms: last })
        progress.update(done, last)
      },
    })
  } catch (error) {
    throw explainStop(error, step, request)
  } finally {
    progress.stop()
    await log.close()
  }
  const seconds = before + (performance.now() - began) / 1000
  const section = sectionOptions(experiment[part])
  const { entry, plugin } = request.registry[part](section.type)
  const { weights } = await saveModel(folder, model, {
    type: section.type,
    // With the defaults of today filled in: those of tomorrow may be others.
    options: parseConfig(entry.options, section.options, part) as Record<string, unknown>,
    plugin,
    seed: experiment.seed,
    training: { ...training, seconds },
    ...(detector && { detector }),
  })
  await store.clear()
  model.dispose()
  detector?.dispose()
  output.note(`${part}: ${training.steps} steps, ${formatSeconds(seconds)}, saved in ${folder}`)
  return {
    folder,
    steps: training.steps,
    stepsNow: training.steps - start,
    seconds,
    terms: last,
    weights: weights.sha256,
  }
}

async function alreadyTrained(folder: string, output: Output): Promise<Trained> {
  const { training, weights } = await loadManifest(folder)
  output.note(`${folder} is trained already.`)
  return {
    folder,
    steps: training?.steps ?? 0,
    stepsNow: 0,
    seconds: training?.seconds ?? 0,
    terms: {},
    weights: weights.sha256,
  }
}

// A state goes on only under the options it was begun with; for a generator also with the same detector.
async function resumeKey({ part, experiment }: TrainRequest, detector?: Detector): Promise<string> {
  const { seed, dataset, setup } = experiment
  return JSON.stringify({
    seed,
    dataset,
    setup,
    section: experiment[part],
    ...(detector && { detector: await weightsHash(detector.variables) }),
  })
}

function refuseExisting(folder: string, resumeCommand: string): void {
  const done = existsSync(join(folder, "manifest.json"))
  if (!done && !existsSync(join(folder, "resume"))) return
  throw new ConfigError({
    code: "run-exists",
    message: `${folder} holds ${done ? "a trained model" : "the state of an unfinished training"}.`,
    next: `Go on with \`${resumeCommand}\`, replace it with --overwrite, or name another folder with --run.`,
  })
}

// A generator belongs to the detector in the same run, loaded from disk so that its hash is the stored one.
async function createPart({ part, experiment, registry, run, data }: TrainRequest): Promise<{
  model: Detector | CounterfactualGenerator
  detector?: Detector
}> {
  const { seed } = experiment
  if (part === "detector") {
    const inputShape = data.split.trainNormal.shape
    return {
      model: await createDetector(registry, sectionOptions(experiment.detector), { inputShape, seed }),
    }
  }
  const detector = await loadDetector(join(run, "detector"), registry)
  return {
    model: await createGenerator(registry, sectionOptions(experiment.generator), { detector, seed }),
    detector,
  }
}

function explainStop(
  error: unknown,
  step: number,
  { part, experiment, run, resumeCommand }: TrainRequest,
): unknown {
  if (!IfnormalError.isInstance(error)) return error
  if (error.code === "stopped")
    return new TrainingError({
      code: "stopped",
      message: `Stopped after step ${step} of ${experiment[part].training.steps}; the state is saved.`,
      next: `Go on with: ${resumeCommand}`,
      cause: error,
    })
  if (error.code === "nan")
    return new TrainingError({
      code: "nan",
      message: error.message,
      next: `Lower ${part}.training.learningRate and train again with --overwrite. The last good state stays in ${join(run, part, "resume")}.`,
      cause: error,
    })
  return error
}
