import type { Experiment, MetricRow } from "@ifnormal/core"

/** What a metric is fed with besides scores of normal images and anomalies; see `passes.ts`. */
export type Feed = "counterfactuals" | "sweep" | "identity" | "perturbed"

/** A bar of this project. */
export interface Bar {
  readonly text: string
  readonly meets: (value: number) => boolean
}

/** A metric with its options, and what stands beside its value. */
export interface Wanted {
  readonly type: string
  readonly options?: Record<string, unknown>
  readonly paper?: MetricRow["paper"]
  readonly bar?: Bar
}

/** Metrics that want something else than counterfactuals of all anomalies at alpha = 0. */
const FEEDS: Readonly<Record<string, Feed>> = {
  "score-error": "sweep",
  influence: "sweep",
  stability: "perturbed",
  "identity-error": "identity",
}

/** What a metric type is fed with. */
export function feedOf(type: string): Feed {
  return FEEDS[type] ?? "counterfactuals"
}

/** Built-in types that take long, need weights or are seldom asked for: measured when they are named. */
const ON_REQUEST: ReadonlySet<string> = new Set([
  ...["lpips", "nearest-normal", "ynn", "stability", "detector-partial-auroc"],
  ...["post-hoc-concept-accuracy", "substitutability"],
  ...["fid", "precision", "recall", "density", "coverage"],
])

/** Metrics of features: under the digits classifier where images are like MNIST's, under Inception on request. */
const OF_FEATURES = ["fid-n", "kid", "fid", "precision", "recall", "density", "coverage"] as const
const MNIST_LIKE: ReadonlySet<string> = new Set(["mnist", "colored-mnist"])

/** What metrics may need that not every evaluation has. */
export interface Available {
  /** The detector gives anomaly maps. */
  readonly maps: boolean
  readonly masks: boolean
  /** A detector of another seed was named. */
  readonly second: boolean
  /** The images are like MNIST's, so that features need no published weights. */
  readonly digits: boolean
}

const NEEDS: Readonly<Record<string, readonly (keyof Available)[]>> = {
  "pixel-auroc": ["maps", "masks"],
  aupro: ["maps", "masks"],
  "ar-pro": ["maps"],
  "change-inside-mask": ["masks"],
  "second-validity": ["second"],
  "fid-n": ["digits"],
  kid: ["digits"],
}

/** Whether the digits classifier that comes with the metrics knows such images. */
export function likeMnist({ dataset }: Experiment): boolean {
  return MNIST_LIKE.has(dataset.type)
}

/** The types that are measured when nobody names any: those of plugins, and the quick ones whose needs are met. */
export function defaultTypes(types: readonly string[], has: Available): string[] {
  return types.filter((type) => !ON_REQUEST.has(type) && (NEEDS[type] ?? []).every((need) => has[need]))
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

/** The metrics that this project quotes with options, a bar or the paper's number, in the order of the report. */
export function quotedMetrics(experiment: Experiment, concepts: number, tolerance: number): Wanted[] {
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
    { type: "second-validity", options: { tolerance } },
    { type: "validity", options: { tolerance } },
    ...each.map((concept) => ({ type: "validity", options: { tolerance, concept } })),
    { type: "concept-accuracy", bar: atLeast(0.95) },
    { type: "score-error" },
    { type: "identity-error", bar: atMost(0.03, "0.03") },
    { type: "l1" },
    { type: "mse" },
    ...(likeMnist(experiment) ? OF_FEATURES.map((type) => ({ type, options: { extractor: "digits" } })) : []),
  ]
}
