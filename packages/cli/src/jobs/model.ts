import { existsSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import {
  CheckpointError,
  type CounterfactualGenerator,
  type Detector,
  type Experiment,
  type Registry,
} from "@ifnormal/core"
import { loadRun } from "@ifnormal/core/node"
import type { GlobalOptions } from "../options.js"
import { loadRegistry, requested, requireAllowed } from "../plugins.js"
import { readRunExperiment } from "./experiment.js"

/** A trained detector and generator, and what is known about them. */
export interface LoadedModel {
  readonly detector: Detector
  readonly generator: CounterfactualGenerator
  readonly registry: Registry
  readonly folder: string
  /** Absent for a folder that holds the two models only. */
  readonly experiment?: Experiment
}

/** Folder of the model that comes with this package: detector/, generator/, experiment.json. */
export function shippedModel(): string {
  return fileURLToPath(new URL("../models/colored-mnist", import.meta.url))
}

/** @throws CheckpointError "checkpoint-missing" when there is no such folder */
export function requireModel(folder: string): void {
  if (existsSync(join(folder, "detector"))) return
  const shipped = folder === shippedModel()
  throw new CheckpointError({
    code: "checkpoint-missing",
    message: shipped
      ? "This installation has no shipped model."
      : `There is no model in ${folder}: it has no detector/.`,
    next: shipped
      ? "Train one on the spot: ifnormal demo --train. Or name a trained run."
      : "Name a run that `ifnormal train` wrote, or train one: ifnormal init",
  })
}

/**
 * Loads a run, or any folder with detector/ and generator/. Plugins of its experiment have to be named again.
 * @throws CheckpointError, PluginError "plugin-not-allowed"
 */
export async function loadModel(folder: string, options: GlobalOptions): Promise<LoadedModel> {
  const opened = await openModel(folder, options)
  return { ...(await loadRun(folder, opened.registry)), ...opened }
}

/**
 * What `loadModel` knows before it loads: for callers that can do with a detector alone.
 * @throws as `loadModel`
 */
export async function openModel(
  folder: string,
  options: GlobalOptions,
): Promise<Omit<LoadedModel, "detector" | "generator">> {
  requireModel(folder)
  const experiment = existsSync(join(folder, "experiment.json")) ? await readRunExperiment(folder) : undefined
  if (experiment) requireAllowed(experiment.plugins, options.plugin)
  const registry = await loadRegistry(requested(options.plugin))
  return { registry, folder, ...(experiment && { experiment }) }
}
