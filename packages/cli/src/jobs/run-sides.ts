import {
  ConfigError,
  DataError,
  type Experiment,
  FileError,
  type MetricRow,
  type MetricsFile,
  type RunFile,
  type ValuesFile,
} from "@ifnormal/core"
import { RunFolder } from "@ifnormal/core/node"
import { readRunExperiment } from "./experiment.js"

/** An evaluated run, as its files say. */
export interface EvaluatedRun {
  readonly run: string
  readonly experiment: Experiment
  readonly provenance: RunFile
  readonly metrics: MetricsFile
}

/**
 * Reads what an evaluation wrote.
 * @throws FileError "not-found" when the folder is no run, "run-not-evaluated" when a file is missing, "run-file-format"
 * when one is of another format
 */
export async function readEvaluated(run: string): Promise<EvaluatedRun> {
  const experiment = await readRunExperiment(run)
  const provenance = await readFormat<RunFile>(run, "run.json")
  const metrics = await readFormat<MetricsFile>(run, "metrics.json")
  return { run, experiment, provenance, metrics }
}

/** @throws as `readEvaluated` */
export function readValues(run: string): Promise<ValuesFile> {
  return readFormat<ValuesFile>(run, "values.json")
}

async function readFormat<T extends { readonly format: 1 }>(run: string, name: string): Promise<T> {
  const folder = await RunFolder.open(run)
  if (!(await folder.has(name)))
    throw new FileError({
      code: "run-not-evaluated",
      message: `${run} has no ${name}: it was not evaluated, or by an earlier version.`,
      next: `Run: ifnormal evaluate ${run}`,
    })
  const file = await folder.readJson<{ format?: unknown } | null>(name)
  if (file?.format === 1) return file as T
  throw new FileError({
    code: "run-file-format",
    message: `${folder.path(name)} has format ${JSON.stringify(file?.format)}, expected 1.`,
    next: `Write it again with this version: ifnormal evaluate ${run}`,
  })
}

/** The recipe of the value alone: which interval fits depends on the value, such as Wilson's for a share of all. */
export function valueRecipe({ recipe }: MetricRow): string | undefined {
  return recipe?.replace(/; interval: .*$/, "")
}

/** A run with its numbers per image. */
export interface RunSide extends EvaluatedRun {
  readonly values: ValuesFile
}

/**
 * Refuses two runs that were measured on different test images: by the hash of their pixels.
 * @throws DataError "runs-differ" naming what is different
 */
export function requireSameImages(a: RunSide, b: RunSide): void {
  const kinds = ["normal", "anomaly"] as const
  if (kinds.every((kind) => a.values.images[kind].sha256 === b.values.images[kind].sha256)) return
  const text = (value: unknown) => JSON.stringify(value)
  const compared: [what: string, of: (side: RunSide) => unknown][] = [
    ["the data set", ({ experiment }) => experiment.dataset],
    ["the files of the data set", ({ provenance }) => provenance.dataset.files],
    ["the normal classes", ({ experiment }) => experiment.setup.normal],
    ["the anomalous classes", ({ experiment }) => experiment.setup.anomalies],
    ["the seed", ({ experiment }) => experiment.seed],
    ["the number of normal test images", ({ values }) => values.images.normal.n],
    ["the number of test anomalies", ({ values }) => values.images.anomaly.n],
  ]
  const different = compared
    .filter(([, of]) => text(of(a)) !== text(of(b)))
    .map(([what, of]) => `${what} (${text(of(a))} against ${text(of(b))})`)
  throw new DataError({
    code: "runs-differ",
    message: `${a.run} and ${b.run} were measured on different test images: ${different.join(", ") || "their pixels"} differ.`,
    next: "Evaluate both on the same images: same data set, normal classes, seed and --anomalies. Runs that differ are summed up by ifnormal summarize.",
  })
}

/**
 * Refuses names that no run has.
 * @throws ConfigError "metrics-unmeasured"
 */
export function requireMeasured(types: readonly string[], runs: readonly EvaluatedRun[]): void {
  const known = [...new Set(runs.flatMap(({ metrics }) => metrics.metrics.flatMap(({ type }) => type ?? [])))]
  const missing = types.filter((type) => !known.includes(type))
  if (missing.length === 0) return
  throw new ConfigError({
    code: "metrics-unmeasured",
    message: `No run has a value of ${missing.join(", ")}; there are ${known.sort().join(", ")}.`,
    next: `Run: ifnormal evaluate ${runs[0]?.run} --metrics ${missing.join(",")}, and so for each run.`,
  })
}
