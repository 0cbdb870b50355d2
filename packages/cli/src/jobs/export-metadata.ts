import { existsSync } from "node:fs"
import { join } from "node:path"
import type { Experiment, Manifest, RunFile } from "@ifnormal/core"
import { RunFolder } from "@ifnormal/core/node"
import { VERSION } from "../version.js"
import { describeNormal } from "./run.js"

/** What is known about a model besides its weights. */
export interface Described {
  readonly manifest: Manifest
  readonly experiment?: Experiment
  readonly run?: RunFile
  /** K, for generators. */
  readonly concepts?: number
}

/** run.json of a folder; undefined where it has none, as the shipped model. */
export async function runFileOf(folder: string): Promise<RunFile | undefined> {
  if (!existsSync(join(folder, "run.json"))) return undefined
  return (await RunFolder.open(folder)).readJson<RunFile>("run.json")
}

/** metadata_props of an exported file: how to feed it, what it was trained on, and which weights it holds. */
export function exportMetadata({ manifest, experiment, run, concepts }: Described): Record<string, string> {
  const { kind, plugin, type, options, inputShape, seed, training, weights, detector } = manifest
  const limits = experiment?.explain
  const entries: Record<string, string | number | undefined> = {
    ifnormal_version: VERSION,
    kind,
    name: experiment?.name,
    input_layout: "NHWC",
    input_range: "[0, 1]",
    image_shape: JSON.stringify(inputShape),
    score_range: kind === "detector" ? "[0, 1], 0 normal, 1 anomalous" : undefined,
    concepts,
    concept_range: concepts === undefined ? undefined : `0..${concepts - 1}`,
    alpha_range: concepts === undefined ? undefined : "[0, 1], the score that the counterfactual aims at",
    tolerance: limits?.tolerance,
    eps: limits?.eps,
    eps_prime: limits?.epsPrime,
    normal: experiment && describeNormal(experiment),
    title: run?.title,
    data: run?.dataset.name ?? experiment?.dataset.type,
    data_license: run?.dataset.license,
    command: run?.command,
    plugin,
    type,
    options: JSON.stringify(options),
    seed,
    training: training && JSON.stringify(training),
    weights_sha256: weights.sha256,
    detector_weights_sha256: detector,
  }
  const known = Object.entries(entries).filter(([, value]) => value !== undefined)
  return Object.fromEntries(known.map(([key, value]) => [key, String(value)]))
}
