import { join } from "node:path"
import { ConfigError, type Experiment, type RunFile } from "@ifnormal/core"
import { loadManifest, machine, RunFolder, versions } from "@ifnormal/core/node"
import { datasetFiles } from "@ifnormal/datasets"
import type { Backend } from "../backend.js"
import { VERSION } from "../version.js"
import type { ExperimentData } from "./data.js"
import { readRunExperiment } from "./experiment.js"
import type { Part } from "./train.js"

const PACKAGES = ["ifnormal", "@ifnormal/backend-ort", "@tensorflow/tfjs-core", "onnxruntime-node"]

/** A run folder that is about to be trained in. */
export interface PreparedRun {
  readonly folder: RunFolder
  /** The experiment to train: the stored one where training goes on, else the one given. */
  readonly experiment: Experiment
  /** The stored experiment was taken, with the number of steps that it was begun with. */
  readonly resumed: boolean
  /** Keys in which the given experiment differs from the stored one that was taken. */
  readonly ignored: readonly string[]
}

/**
 * Opens or makes a run folder and settles which experiment holds. A detector decides data, setup and seed; the
 * generator of the same run has to agree.
 * @throws ConfigError "run-differs" naming the keys; FileError "not-writable"
 */
export async function prepareRun(
  run: string,
  part: Part,
  given: Experiment,
  { resume }: { readonly resume: boolean },
): Promise<PreparedRun> {
  const folder = await RunFolder.create(run)
  const fresh = { folder, experiment: given, resumed: false, ignored: [] }
  if (!(await folder.has("experiment.json")) || (part === "detector" && !resume)) return fresh
  const stored = await readRunExperiment(run)
  const sections = ["seed", "dataset", "setup", "detector", ...(resume ? [part] : [])] as const
  const changed = [...new Set(sections)].flatMap((key) => differences(given[key], stored[key], key))
  // A budget chose the stored steps; the config cannot know them.
  const wrong = changed.filter((key) => !key.endsWith("training.steps"))
  if (wrong.length > 0)
    throw new ConfigError({
      code: "run-differs",
      message: `${run} was begun with another experiment: ${wrong.join(", ")} differ${wrong.length === 1 ? "s" : ""}.`,
      next: "Name another folder with --run, or train the detector again with --overwrite.",
    })
  if (resume) return { folder, experiment: stored, resumed: true, ignored: changed }
  return { ...fresh, experiment: { ...given, detector: stored.detector }, ignored: changed }
}

// Paths of the values that differ.
function differences(a: unknown, b: unknown, path: string): string[] {
  if (isRecord(a) && isRecord(b))
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
      differences(a[key], b[key], `${path}.${key}`),
    )
  return JSON.stringify(a) === JSON.stringify(b) ? [] : [path]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

export interface Provenance {
  readonly run: string
  readonly experiment: Experiment
  readonly data: ExperimentData
  readonly backend: Backend
}

/** Writes run.json: what was run on what, and the command that does it again. */
export async function writeRunFile({ run, experiment, data, backend }: Provenance): Promise<RunFile> {
  const normal = describeNormal(experiment)
  const folder = await RunFolder.open(run)
  const before = (await folder.has("run.json")) ? await folder.readJson<RunFile>("run.json") : undefined
  const file: RunFile = {
    format: 1,
    name: experiment.name,
    date: new Date().toISOString(),
    seed: experiment.seed,
    command: chain(before?.command, commandLine(process.argv)),
    title: `${titleOf(data)}, normal = ${normal}`,
    normal,
    dataset: { name: titleOf(data), license: data.dataset.license, files: await datasetFiles(data.dataset) },
    backend,
    versions: { ...versions(PACKAGES, import.meta.url), ifnormal: VERSION },
    machine: machine(),
    weights: await weightsOf(run),
    // evaluate opens no outlier exposure: its number comes from training.
    counts: { ...before?.counts, ...data.counts },
  }
  await folder.writeJson("run.json", file)
  return file
}

// Which step of a run a command is: one takes the place of its earlier self and of all that came after it.
const ORDER = ["ifnormal demo", "ifnormal train detector", "ifnormal train generator", "ifnormal evaluate"]
const PASSING = new Set(["--resume", "--overwrite", "--json", "--quiet"])

// What the user typed, without what matters to one call only.
function commandLine(argv: readonly string[]): string {
  return ["ifnormal", ...argv.slice(2).filter((word) => !PASSING.has(word))].join(" ")
}

function chain(before: string | undefined, command: string): string {
  const step = (line: string) => ORDER.findIndex((start) => line.startsWith(start))
  const kept = (before?.split(" && ") ?? []).filter((line) => step(line) >= 0 && step(line) < step(command))
  return [...kept, command].join(" && ")
}

/** sha256 of the weights of a run; a part that is not trained is left out. */
export async function weightsOf(run: string): Promise<RunFile["weights"]> {
  return { ...(await partWeights(run, "detector")), ...(await partWeights(run, "generator")) }
}

async function partWeights(run: string, part: Part): Promise<RunFile["weights"]> {
  const folder = await RunFolder.open(run)
  if (!(await folder.has(part, "manifest.json"))) return {}
  return { [part]: (await loadManifest(join(run, part))).weights.sha256 }
}

const TITLES: Readonly<Record<string, string>> = { "colored-mnist": "Colored-MNIST", mnist: "MNIST" }

/** How the data set is written for a person. */
export function titleOf({ dataset }: Pick<ExperimentData, "dataset">): string {
  return TITLES[dataset.name] ?? dataset.name
}

/** "one, or color cyan". */
export function describeNormal({ setup }: Experiment): string {
  return setup.normal
    .map((selector) =>
      typeof selector === "string"
        ? selector
        : Object.entries(selector)
            .map(([name, value]) => `${name} ${value}`)
            .join(" and "),
    )
    .join(", or ")
}
