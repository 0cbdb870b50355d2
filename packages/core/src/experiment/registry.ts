import type { Dataset } from "../contract/dataset.js"
import type { Detector } from "../contract/detector.js"
import { PluginError, ShapeError } from "../contract/errors.js"
import type { CounterfactualGenerator } from "../contract/generator.js"
import type { Metric } from "../contract/metric.js"
import {
  type DatasetContext,
  type DatasetEntry,
  type DetectorContext,
  type DetectorEntry,
  definePlugin,
  type Entry,
  type GeneratorContext,
  type GeneratorEntry,
  type MetricContext,
  type MetricEntry,
  type ModelContext,
  type Plugin,
} from "../contract/plugin.js"
import { parseConfig } from "./issues.js"
import { didYouMean } from "./nearest.js"

/** An entry and the plugin it comes from. */
export interface Registered<E> {
  readonly plugin: Plugin
  readonly entry: E
}

/** Plugins, looked up by the type names of a config. Local: there is no global registry. */
export interface Registry extends ModelContext {
  readonly plugins: readonly Plugin[]
  /** @throws PluginError "plugin-unknown-type" listing the known types and the nearest. */
  detector(type: string): Registered<DetectorEntry>
  generator(type: string): Registered<GeneratorEntry>
  metric(type: string): Registered<MetricEntry>
  dataset(type: string): Registered<DatasetEntry>
  /** Type names of a kind, sorted. */
  types(kind: Kind): string[]
}

/** Field of a plugin. */
export type Kind = "detectors" | "generators" | "metrics" | "datasets"
const nouns: Record<Kind, string> = {
  detectors: "detector",
  generators: "generator",
  metrics: "metric",
  datasets: "data set",
}

/** A type name with its options, as a section of a config has them. */
export interface TypedOptions {
  readonly type: string
  readonly options?: unknown
}

/**
 * @param context what every detector, generator and metric of this registry finds in its context: `sessions`, `readFile`
 * @throws PluginError "plugin-contract" or "plugin-unnamed" for a plugin that does not fit, "plugin-duplicate" when two
 * plugins bring the same type.
 */
export function createRegistry(plugins: readonly Plugin[], context: ModelContext = {}): Registry {
  const maps = {
    detectors: new Map<string, Registered<DetectorEntry>>(),
    generators: new Map<string, Registered<GeneratorEntry>>(),
    metrics: new Map<string, Registered<MetricEntry>>(),
    datasets: new Map<string, Registered<DatasetEntry>>(),
  }
  for (const plugin of plugins) {
    definePlugin(plugin)
    for (const kind of Object.keys(nouns) as Kind[])
      for (const [type, entry] of Object.entries(plugin[kind] ?? {}))
        add(kind, maps[kind] as Map<string, Registered<unknown>>, type, plugin, entry)
  }
  return {
    ...(context.sessions && { sessions: context.sessions }),
    ...(context.readFile && { readFile: context.readFile }),
    plugins,
    detector: (type) => find("detectors", maps.detectors, type),
    generator: (type) => find("generators", maps.generators, type),
    metric: (type) => find("metrics", maps.metrics, type),
    dataset: (type) => find("datasets", maps.datasets, type),
    types: (kind) => [...maps[kind].keys()].sort(),
  }
}

function add(
  kind: Kind,
  map: Map<string, Registered<unknown>>,
  type: string,
  plugin: Plugin,
  entry: unknown,
): void {
  const other = map.get(type)
  if (other)
    throw new PluginError({
      code: "plugin-duplicate",
      message: `The ${nouns[kind]} type "${type}" comes from both ${other.plugin.name} and ${plugin.name}, expected one.`,
      next: "Leave one of the two plugins out.",
    })
  map.set(type, { plugin, entry })
}

function find<E>(kind: Kind, map: Map<string, Registered<E>>, type: string): Registered<E> {
  const found = map.get(type)
  if (found) return found
  const known = [...map.keys()].sort()
  throw new PluginError({
    code: "plugin-unknown-type",
    message: `Unknown ${nouns[kind]} type "${type}".${didYouMean(type, known)} Expected ${
      known.length > 0 ? `one of ${known.join(", ")}` : `a plugin with ${kind}, but none is loaded`
    }.`,
    next: "Correct the type, or add the plugin that brings it to `plugins`.",
  })
}

/** Checks the options with the entry's schema. */
function make<T, C>(
  kind: Kind,
  entry: Entry<T, C>,
  { type, options }: TypedOptions,
  context: C,
): T | Promise<T> {
  return entry.create(parseConfig(entry.options, options ?? {}, `The ${nouns[kind]} "${type}"`), context)
}

/** The registry's own context under the one of this call. */
const within = <C extends ModelContext>({ sessions, readFile }: Registry, context: C): C => ({
  ...(sessions && { sessions }),
  ...(readFile && { readFile }),
  ...context,
})

/**
 * A detector of the registry, untrained.
 * @throws PluginError "plugin-unknown-type"; ConfigError for options that its schema refuses; ShapeError when it was
 * made for another image shape.
 */
export async function createDetector(
  registry: Registry,
  typed: TypedOptions,
  context: DetectorContext,
): Promise<Detector> {
  const made = await make("detectors", registry.detector(typed.type).entry, typed, within(registry, context))
  checkShape(`Detector "${typed.type}"`, made.inputShape, context.inputShape, () => made.dispose())
  return made
}

/**
 * A generator of the registry for one detector, untrained.
 * @throws as `createDetector`
 */
export async function createGenerator(
  registry: Registry,
  typed: TypedOptions,
  context: GeneratorContext,
): Promise<CounterfactualGenerator> {
  const made = await make(
    "generators",
    registry.generator(typed.type).entry,
    typed,
    within(registry, context),
  )
  checkShape(`Generator "${typed.type}"`, made.inputShape, context.detector.inputShape, () => made.dispose())
  return made
}

/** @throws as `createDetector` */
export async function createMetric(
  registry: Registry,
  typed: TypedOptions,
  context: MetricContext,
): Promise<Metric> {
  return make("metrics", registry.metric(typed.type).entry, typed, within(registry, context))
}

/** @throws as `createDetector` */
export async function createDataset(
  registry: Registry,
  typed: TypedOptions,
  context: DatasetContext,
): Promise<Dataset> {
  return make("datasets", registry.dataset(typed.type).entry, typed, context)
}

function checkShape(
  what: string,
  found: readonly number[],
  expected: readonly number[],
  dispose: () => void,
): void {
  if (found.join() === expected.join()) return
  dispose()
  throw new ShapeError({
    code: "shape-model",
    message: `${what} takes images of [${found.join(", ")}], expected [${expected.join(", ")}].`,
    next: "Choose a type that fits the images, or images that fit the type.",
  })
}
