import {
  createMetric,
  type Experiment,
  type ImageShape,
  type Metric,
  type MetricRow,
  type Registry,
} from "@ifnormal/core"
import { metricRow } from "@ifnormal/metrics"

/** What a metric is fed with besides scores of normal images and anomalies. */
export type Feed = "counterfactuals" | "sweep" | "identity"

/** A metric of this evaluation and what belongs beside its value. */
export interface Measure {
  readonly metric: Metric
  readonly feed: Feed
  readonly paper?: MetricRow["paper"]
  readonly bar?: Bar
}

interface Bar {
  readonly text: string
  readonly meets: (value: number) => boolean
}

interface Wanted {
  readonly type: string
  readonly options?: Record<string, unknown>
  readonly feed?: Feed
  readonly paper?: MetricRow["paper"]
  readonly bar?: Bar
}

const atLeast = (share: number): Bar => ({ text: `>= ${100 * share} %`, meets: (value) => value >= share })
const atMost = (value: number, text: string): Bar => ({
  text: `<= ${text}`,
  meets: (found) => found <= value,
})

/** Table 1 of the paper, Colored-MNIST with several normal classes, by detector type. */
const PAPER_AUROC: Readonly<Record<string, { value: number; spread: number }>> = {
  bce: { value: 0.556, spread: 0.015 },
  hsc: { value: 0.558, spread: 0.047 },
  dsvdd: { value: 0.615, spread: 0.043 },
}

// Table 1 averages over normal = a digit and a color; the paper's colors are cyan, red and pink.
function isPaperSetup({ dataset, setup }: Experiment): boolean {
  const kinds = setup.normal.map((selector) =>
    typeof selector === "string" ? "class" : Object.keys(selector).join(),
  )
  return dataset.type === "colored-mnist" && kinds.sort().join() === "class,color"
}

/** The built-in metrics in the order of the report, as this project quotes them. */
function builtIn(experiment: Experiment, concepts: number, tolerance: number): Wanted[] {
  const paper = isPaperSetup(experiment) ? PAPER_AUROC[experiment.detector.type] : undefined
  const each = Array.from({ length: concepts }, (_, concept) => concept)
  return [
    { type: "detector-auroc", bar: atLeast(0.97) },
    {
      type: "counterfactual-auroc",
      bar: atMost(0.58, "58 %"),
      ...(paper && { paper: { ...paper, source: "Table 1, C-MNIST, several normal classes" } }),
    },
    ...each.map((concept) => ({ type: "counterfactual-auroc", options: { concept } })),
    { type: "validity", options: { tolerance } },
    ...each.map((concept) => ({ type: "validity", options: { tolerance, concept } })),
    { type: "concept-accuracy", bar: atLeast(0.95) },
    { type: "score-error", feed: "sweep" },
    { type: "identity-error", feed: "identity", bar: atMost(0.03, "0.03") },
    { type: "l1" },
    { type: "mse" },
  ]
}

/**
 * The metrics of an evaluation: the built-in ones, then those of plugins. `experiment.metrics` narrows them down.
 * @throws PluginError "plugin-unknown-type"
 */
export async function createMeasures(
  registry: Registry,
  experiment: Experiment,
  inputShape: ImageShape,
  concepts: number,
  tolerance: number,
): Promise<Measure[]> {
  const known = builtIn(experiment, concepts, tolerance)
  const names = new Set(known.map(({ type }) => type))
  const types = experiment.metrics ?? registry.types("metrics")
  for (const type of types) registry.metric(type)
  const wanted: Wanted[] = [
    ...known.filter(({ type }) => types.includes(type)),
    ...types.filter((type) => !names.has(type)).map((type) => ({ type })),
  ]
  const measures: Measure[] = []
  for (const { type, options, feed = "counterfactuals", ...beside } of wanted)
    measures.push({
      metric: await createMetric(registry, { type, options }, { inputShape }),
      feed,
      ...beside,
    })
  return measures
}

/** The row of a metric that has seen everything. */
export async function measureRow({ metric, bar, paper }: Measure): Promise<MetricRow> {
  const row = await metricRow(metric, paper && { paper })
  return bar && !row.skipped ? { ...row, bar: { text: bar.text, met: bar.meets(row.value) } } : row
}
