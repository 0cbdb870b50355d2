import type { z } from "zod"
import type { Dataset } from "./dataset.js"
import type { Detector } from "./detector.js"
import { PluginError } from "./errors.js"
import type { CounterfactualGenerator } from "./generator.js"
import type { ImageShape } from "./images.js"
import type { Metric } from "./metric.js"
import type { SessionRunner } from "./session.js"

/** Version of this contract. A plugin states the one it was written for. */
export const CONTRACT = 1

/** What a model may use of the program around it. */
export interface ModelContext {
  /** Runs ONNX files; absent where the program brings no engine for them. */
  readonly sessions?: SessionRunner
  /**
   * Reads a file that the options name, relative to the config or, from a checkpoint, the copy that is stored there.
   * Absent where the program has no files.
   */
  readonly readFile?: (path: string) => Promise<Uint8Array>
}
export interface DetectorContext extends ModelContext {
  readonly inputShape: ImageShape
  readonly seed: number
}
export interface GeneratorContext extends ModelContext {
  readonly detector: Detector
  readonly seed: number
}
export interface MetricContext extends ModelContext {
  readonly inputShape: ImageShape
  /**
   * The file of published weights by name, such as "inception" or "lpips-alex". Absent where the program has no files.
   * @throws CheckpointError "weights-missing", whose `next` is the command that brings them
   */
  readonly weights?: (name: string) => Promise<Uint8Array>
  /** Where metrics of one evaluation keep what they share, such as a network; absent: each has its own. */
  readonly shared?: Map<string, unknown>
  /** How intervals are drawn; default: seed 1, 1000 draws, level 0.95. */
  readonly bootstrap?: { readonly seed?: number; readonly draws?: number; readonly level?: number }
}
export interface DatasetContext {
  /** Folder for downloaded or rendered data. */
  readonly cacheDir: string
  /** Nothing may open a socket. */
  readonly offline: boolean
  readonly seed: number
  /** Progress of long preparation: done of total. */
  readonly onProgress?: (message: string, done: number, total: number) => void
}

/** One type of detector, generator, metric or data set: the schema of its options and how it is made. */
export interface Entry<T, C> {
  readonly options: z.ZodType
  create(options: unknown, context: C): T | Promise<T>
}
export type DetectorEntry = Entry<Detector, DetectorContext>
export type GeneratorEntry = Entry<CounterfactualGenerator, GeneratorContext>
export type MetricEntry = Entry<Metric, MetricContext>
export type DatasetEntry = Entry<Dataset, DatasetContext>

/**
 * A schema of zod 4 or 3, by its form: a plugin's zod may be another copy or version than core's, and zod's own types do
 * not fit across versions.
 */
interface Schema {
  parse(value: unknown): unknown
  safeParse(value: unknown): unknown
}
interface TypedEntry<S extends Schema, T, C> {
  readonly options: S
  create(options: ReturnType<S["parse"]>, context: C): T | Promise<T>
}

/** Identity functions that infer the options type of one entry. */
export function detector<S extends Schema>(entry: TypedEntry<S, Detector, DetectorContext>): DetectorEntry {
  return entry as unknown as DetectorEntry
}
export function generator<S extends Schema>(
  entry: TypedEntry<S, CounterfactualGenerator, GeneratorContext>,
): GeneratorEntry {
  return entry as unknown as GeneratorEntry
}
export function metric<S extends Schema>(entry: TypedEntry<S, Metric, MetricContext>): MetricEntry {
  return entry as unknown as MetricEntry
}
export function dataset<S extends Schema>(entry: TypedEntry<S, Dataset, DatasetContext>): DatasetEntry {
  return entry as unknown as DatasetEntry
}

/** A package's contribution. `detectors` etc. map the type name used in a config to its entry. */
export interface Plugin {
  readonly name: string
  readonly version: string
  readonly contract: number
  readonly detectors?: Readonly<Record<string, DetectorEntry>>
  readonly generators?: Readonly<Record<string, GeneratorEntry>>
  readonly metrics?: Readonly<Record<string, MetricEntry>>
  readonly datasets?: Readonly<Record<string, DatasetEntry>>
}

/**
 * Checks name, version and contract, nothing else.
 * @throws PluginError when one of them is missing or the contract is not this core's.
 */
export function definePlugin<P extends Plugin>(plugin: P): P {
  if (!plugin.name || !plugin.version)
    throw new PluginError({
      code: "plugin-unnamed",
      message: `A plugin needs a name and a version, got name ${JSON.stringify(plugin.name)}, version ${JSON.stringify(plugin.version)}.`,
      next: "Pass the name and version of its package.json to definePlugin.",
    })
  if (plugin.contract !== CONTRACT)
    throw new PluginError({
      code: "plugin-contract",
      message: `Plugin ${plugin.name}@${plugin.version} has contract ${plugin.contract}; this core supports ${CONTRACT}.`,
      next: "Install a version of the plugin, or of @ifnormal/core, whose contracts agree.",
    })
  return plugin
}
