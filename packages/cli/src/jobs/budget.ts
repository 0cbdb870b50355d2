import {
  type CounterfactualGenerator,
  createDetector,
  createGenerator,
  type Detector,
  type Experiment,
  type Registry,
  sectionOptions,
} from "@ifnormal/core"
import { type ExperimentData, partData } from "./data.js"
import type { Part } from "./train.js"

const WARM_UP = 2
const MEASURED = 6

/** What a budget buys. */
export interface Plan {
  readonly part: Part
  readonly budgetSeconds: number
  readonly secondsPerStep: number
  readonly steps: number
}

/**
 * Seconds of one training step, measured on a model that is thrown away: two steps to warm up (the engine compiles),
 * then the median of six. The weights that are trained afterwards start untouched, so a run with a budget can be
 * repeated by its number of steps.
 */
export async function measureStep(
  part: Part,
  experiment: Experiment,
  registry: Registry,
  data: ExperimentData,
): Promise<number> {
  const inputShape = data.split.trainNormal.shape
  const { seed } = experiment
  const detector = await createDetector(registry, sectionOptions(experiment.detector), { inputShape, seed })
  const generator =
    part === "generator" &&
    (await createGenerator(registry, sectionOptions(experiment.generator), { detector, seed }))
  const model: Detector | CounterfactualGenerator = generator || detector
  const times: number[] = []
  await model.fit(partData(part, data.split), {
    ...experiment[part].training,
    steps: WARM_UP + MEASURED,
    seed,
    onStep: () => {
      times.push(performance.now())
    },
  })
  if (generator) generator.dispose()
  detector.dispose()
  const steps = times.slice(1).map((time, i) => time - times[i]!)
  return median(steps.slice(WARM_UP - 1)) / 1000
}

/** As many steps as fit, at least 10, at most `most`. A twentieth of the time is left for saving and for slower steps. */
export function planSteps(part: Part, budgetSeconds: number, secondsPerStep: number, most = 1_000_000): Plan {
  const steps = Math.min(most, Math.max(10, Math.floor((0.95 * budgetSeconds) / secondsPerStep)))
  return { part, budgetSeconds, secondsPerStep, steps }
}

/** The experiment with the plan's number of steps. */
export function applyPlan(experiment: Experiment, { part, steps }: Plan): Experiment {
  return { ...experiment, [part]: { ...experiment[part], training: { ...experiment[part].training, steps } } }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
