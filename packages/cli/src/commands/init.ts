import { existsSync } from "node:fs"
import { createInterface } from "node:readline/promises"
import { ConfigError, type Experiment, parseExperiment } from "@ifnormal/core"
import { writeFileAtomic } from "@ifnormal/core/node"
import { coloredMnistRecipe } from "../jobs/recipe.js"
import type { GlobalOptions } from "../options.js"
import { Output } from "../output.js"

interface InitOptions extends GlobalOptions {
  readonly yes: boolean
  readonly out: string
  readonly force: boolean
}

interface Answers {
  readonly name: string
  readonly digit: string
  readonly color: string
  /** Of the generator. */
  readonly steps: number
}

const DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]

/** `ifnormal init [name]`: writes a commented experiment.yaml. */
export async function init(name: string | undefined, options: InitOptions): Promise<void> {
  const output = new Output(options)
  const recipe = parseExperiment(coloredMnistRecipe)
  if (existsSync(options.out) && !options.force)
    throw new ConfigError({
      code: "file-exists",
      message: `${options.out} exists already.`,
      next: "Name another file with --out, or replace it with --force.",
    })
  const defaults: Answers = {
    name: name ?? "one-or-cyan",
    digit: "one",
    color: "cyan",
    steps: recipe.generator.training.steps,
  }
  const ask = !options.yes && process.stdin.isTTY === true && process.stderr.isTTY === true
  const answers = ask ? await questions(defaults) : defaults
  const text = template(answers, recipe)
  const { parse } = await import("yaml")
  // An answer that no experiment can have is refused before anything is written.
  parseExperiment(parse(text))
  await writeFileAtomic(options.out, text)
  const next = [`ifnormal train detector ${options.out}`, `ifnormal train generator ${options.out}`]
  output.result(
    { file: options.out, ...answers, next },
    `Wrote ${options.out}. Next:\n  ${next.join("\n  ")}`,
  )
}

async function questions(defaults: Answers): Promise<Answers> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const ask = async (question: string, fallback: string) =>
    (await terminal.question(`${question} [${fallback}] `)).trim() || fallback
  try {
    return {
      name: await ask("Name of the experiment?", defaults.name),
      digit: await ask(`Which digit is normal (${DIGITS.join(", ")})?`, defaults.digit),
      color: await ask("Which color is normal?", defaults.color),
      steps: Number(await ask("Training steps of the generator?", String(defaults.steps))),
    }
  } finally {
    terminal.close()
  }
}

function template({ name, digit, color, steps }: Answers, recipe: Experiment): string {
  return `# An experiment of ifnormal. \`ifnormal data check\` shows what it selects before anything is trained.
# Unknown keys are errors. The numbers below are the defaults.

# The run folder is runs/<name>.
name: ${name}
# Decides everything random: colors, weights, batches.
seed: 1

# Third-party plugins, packages or paths. Empty: the built-in ones.
plugins: []

# The images. MNIST digits, each in one of ten colors.
dataset:
  type: colored-mnist

setup:
  # What is normal: any of these. A class name, or attributes that must match.
  normal:
    - ${digit}
    - color: ${color}
  # What serves as "something else" while the detector is trained. It must not contain the anomalies of the test.
  outlierExposure:
    type: letters
  # Training images set aside for choosing steps and options; the test set is read by \`evaluate\` only.
  validation: ${recipe.setup.validation}

detector:
  # Binary cross entropy against outlier exposure.
  type: bce
  training:
    steps: ${recipe.detector.training.steps}
    batchSize: ${recipe.detector.training.batchSize}
    learningRate: ${recipe.detector.training.learningRate}

generator:
  type: gan
  # How many different counterfactuals of each image.
  concepts: 2
  training:
    steps: ${steps}
    batchSize: ${recipe.generator.training.batchSize}
    learningRate: ${recipe.generator.training.learningRate}

explain:
  # A counterfactual is valid when the detector scores it within this distance of the target.
  tolerance: ${recipe.explain.tolerance}
`
}
