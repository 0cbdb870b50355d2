import {
  ConfigError,
  createMetric,
  type Experiment,
  IfnormalError,
  type ImageShape,
  type Metric,
  type MetricContext,
  type MetricInput,
  type MetricRow,
  type Registry,
} from "@ifnormal/core"
import { metricRow } from "@ifnormal/metrics"
import {
  type Available,
  type Bar,
  defaultTypes,
  type Feed,
  feedOf,
  quotedMetrics,
  type Wanted,
} from "./metric-list.js"

/** A metric of this evaluation and what belongs beside its value. */
export interface Measure {
  readonly type: string
  readonly options?: Readonly<Record<string, unknown>>
  readonly metric: Metric
  readonly feed: Feed
  readonly paper?: MetricRow["paper"]
  readonly bar?: Bar
}

export interface MeasuresRequest {
  readonly registry: Registry
  readonly experiment: Experiment
  readonly inputShape: ImageShape
  readonly concepts: number
  readonly tolerance: number
  /** Images of the smaller set that counterfactuals are compared with, or of counterfactuals. */
  readonly images: number
  /** What there is besides images: metrics that need more are not in the default. */
  readonly has: Available
  /** Metrics that the user named for this call. */
  readonly named?: readonly Named[]
  readonly bootstrap: NonNullable<MetricContext["bootstrap"]>
  readonly weights?: MetricContext["weights"]
}

/** The metrics of an evaluation. */
export interface Measures {
  readonly measures: readonly Measure[]
  /** Rows of metrics that nobody named and whose weights are missing. */
  readonly skipped: readonly MetricRow[]
  /** Types that were asked for, by name or by default. */
  readonly types: readonly string[]
  /** Known types that nobody named and that the default leaves out. */
  readonly left: readonly string[]
}

/** A metric that the user named, with options of their own. */
export interface Named {
  readonly type: string
  readonly options?: Record<string, unknown>
}

/**
 * "l1, fid:extractor=digits" to types with options; numbers, true and false are taken as such.
 * @param known for the error
 * @throws ConfigError "metrics-empty" for no name, "metrics-option" for an option that is no name=value
 */
export function parseTypes(text: string, known: readonly string[]): Named[] {
  const parts = [...new Set(text.split(",").map((type) => type.trim()))].filter(Boolean)
  if (parts.length > 0) return parts.map(parseType)
  throw new ConfigError({
    code: "metrics-empty",
    message: `--metrics names no metric: found ${JSON.stringify(text)}.`,
    next: `Name some, separated by commas, such as --metrics detector-auroc,l1. Known: ${known.join(", ")}.`,
  })
}

function parseType(text: string): Named {
  const [type = "", ...options] = text.split(":")
  if (options.length === 0) return { type }
  const pairs = options.map((option) => {
    const [, key, value] = /^(\w+)=(.+)$/.exec(option) ?? []
    if (key !== undefined && value !== undefined) return [key, optionValue(value)]
    throw new ConfigError({
      code: "metrics-option",
      message: `Found the option ${JSON.stringify(option)} of the metric ${type}, expected name=value.`,
      next: "Write options behind the type, such as --metrics fid:extractor=digits.",
    })
  })
  return { type, options: Object.fromEntries(pairs) }
}

function optionValue(text: string): unknown {
  if (text === "true" || text === "false") return text === "true"
  return Number.isNaN(Number(text)) ? text : Number(text)
}

/**
 * Makes the metrics: those named for this call, or else those of the experiment, or else the default.
 * @throws PluginError "plugin-unknown-type"; CheckpointError "weights-missing" for a named metric without its weights
 */
export async function createMeasures(request: MeasuresRequest): Promise<Measures> {
  const { registry, experiment } = request
  const all = registry.types("metrics")
  const named = request.named ?? experiment.metrics?.map((type): Named => ({ type }))
  const asked = withKid(
    named ?? defaultTypes(all, request.has).map((type): Named => ({ type })),
    request.images,
  )
  for (const { type } of asked) registry.metric(type)
  const quoted = quotedMetrics(experiment, request.concepts, request.tolerance)
  const plain = (type: string) => asked.some((other) => other.type === type && !other.options)
  const wanted: Wanted[] = [
    ...quoted.filter(({ type }) => plain(type)),
    ...asked.filter(({ type, options }) => options || !quoted.some((other) => other.type === type)),
  ]
  const types = [...new Set(asked.map(({ type }) => type))]
  const shared = new Map<string, unknown>()
  const measures: Measure[] = []
  const skipped: MetricRow[] = []
  for (const { type, options, ...beside } of wanted) {
    const made = await create(type, options, { ...request, shared }, named !== undefined)
    if (typeof made === "string") skipped.push({ type, name: type, value: Number.NaN, n: 0, skipped: made })
    else measures.push({ type, ...(options && { options }), metric: made, feed: feedOf(type), ...beside })
  }
  return { measures, skipped, types, left: named ? [] : all.filter((type) => !types.includes(type)) }
}

/** Images below which FID's covariance is singular under Inception, and KID is to be quoted with it. */
const FEW = 2048

/** KID, which has no bias, with the options of every FID of few images. */
function withKid(asked: readonly Named[], images: number): readonly Named[] {
  if (images >= FEW) return asked
  const isSame = (a: Named, b: Named) =>
    a.type === b.type && JSON.stringify(a.options ?? {}) === JSON.stringify(b.options ?? {})
  const all = [...asked]
  for (const { type, options } of asked) {
    const kid: Named = { type: "kid", ...(options && { options }) }
    if ((type === "fid" || type === "fid-n") && !all.some((other) => isSame(other, kid))) all.push(kid)
  }
  return all
}

/** Types whose rows answer what was named: KID belongs to FID. */
export function answers(named: readonly Named[]): string[] {
  const types = named.map(({ type }) => type)
  return types.some((type) => type === "fid" || type === "fid-n") ? [...types, "kid"] : types
}

/** The metric, or why it cannot be had. */
async function create(
  type: string,
  options: Wanted["options"],
  { registry, inputShape, bootstrap, weights, shared }: MeasuresRequest & Pick<MetricContext, "shared">,
  named: boolean,
): Promise<Metric | string> {
  let missing: unknown
  // A metric may turn missing weights into a reason of its own; who named it is told as an error.
  const watched = async (name: string) =>
    weights!(name).catch((error: unknown) => {
      if (isMissing(error)) missing = error
      throw error
    })
  try {
    const context = { inputShape, bootstrap, shared, ...(weights && { weights: watched }) }
    const metric = await createMetric(registry, { type, options }, context)
    if (missing && named) throw missing
    return metric
  } catch (error) {
    if (named || !isMissing(error)) throw error
    return `${error.message} ${error.next}`
  }
}

function isMissing(error: unknown): error is IfnormalError {
  return IfnormalError.isInstance(error) && error.code === "weights-missing"
}

/** Shows a batch to the metrics of a feed; normal images and anomalies to all of them. */
export async function feed(
  kind: Feed | "all",
  measures: readonly Measure[],
  input: MetricInput,
): Promise<void> {
  for (const { metric, feed } of measures) if (kind === "all" || feed === kind) await metric.update(input)
}

/** The row of a metric that has seen everything. */
export async function measureRow({ type, options, metric, bar, paper }: Measure): Promise<MetricRow> {
  const found = await metricRow(metric, paper && { paper })
  const row: MetricRow = { type, ...found, ...(options && { options }) }
  return bar && !row.skipped ? { ...row, bar: { text: bar.text, met: bar.meets(row.value) } } : row
}
