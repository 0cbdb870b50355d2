// The files of a run folder are the interface between cli, report and later sweep. All JSON, plus safetensors.
//
//   run.json                      RunFile: provenance
//   experiment.json               resolved experiment config
//   detector/, generator/         manifest.json, weights.safetensors, log.jsonl (one LogLine per line), resume/
//   scores.json                   ScoresFile: phi of the test images and their counterfactuals
//   explanations/index.json       ExplanationsFile
//   explanations/images.safetensors   tensor "images" uint8 [n, h, w, c]
//   metrics.json                  MetricsFile
//   values.json                   ValuesFile: numbers per test image, for comparing runs
//   report.html
import type { CounterfactualStatus } from "./explanation.js"
import type { ImageShape } from "./images.js"

/** run.json */
export interface RunFile {
  readonly format: 1
  readonly name: string
  /** ISO 8601. */
  readonly date: string
  readonly seed: number
  /** The command that makes this run again. */
  readonly command: string
  /** How the setup is called for a person, e.g. "Colored-MNIST, normal = digit one or cyan". */
  readonly title: string
  readonly normal: string
  readonly dataset: {
    readonly name: string
    readonly license: string
    readonly files: Readonly<Record<string, string>>
  }
  readonly backend: {
    readonly name: string
    readonly threads?: number
    /** What the engine did with freed buffers: "fast" or "low". */
    readonly memory?: string
    readonly version?: string
  }
  readonly versions: Readonly<Record<string, string>>
  readonly machine: {
    readonly cpu: string
    readonly cores: number
    readonly memoryGiB: number
    readonly platform: string
  }
  /** sha256 of detector and generator weights. */
  readonly weights: { readonly detector?: string; readonly generator?: string }
  /** Counts by split, e.g. "train normal": 12012. */
  readonly counts: Readonly<Record<string, number>>
}

/** One line of log.jsonl. */
export interface LogLine {
  readonly step: number
  readonly seconds: number
  readonly terms: Readonly<Record<string, number>>
}

/** scores.json: bounded scores phi. */
export interface ScoresFile {
  readonly format: 1
  readonly normal: readonly number[]
  readonly anomaly: readonly number[]
  /** One list per concept. */
  readonly counterfactual: readonly (readonly number[])[]
  /** Names of these lists, where they are not "concept 1", "concept 2", ... */
  readonly names?: readonly string[]
}

export interface StoredCounterfactual {
  readonly concept: number
  readonly alpha: number
  readonly score: number
  readonly distance: number
  readonly status: CounterfactualStatus
  readonly note?: string
  /** Row of the images tensor. */
  readonly image: number
  /** Type of the generator, where several explained the image. `concept` counts within it. */
  readonly generator?: string
  /** Share of the changed energy inside the widened mask, in [0, 1]. */
  readonly insideMask?: number
  /** What it took, for generators that search. */
  readonly seconds?: number
}

export interface StoredExplanation {
  readonly id: string
  /** "anomaly" explained towards normal, or "normal" explained towards anomalous (pseudo-anomaly). */
  readonly role: "anomaly" | "normal"
  /** e.g. "seven, red" or a file name. */
  readonly label: string
  readonly score: number
  /** Row of the images tensor. */
  readonly image: number
  /** alpha = 0 for anomalies, alpha = 1 for normal images; one per concept. */
  readonly counterfactuals: readonly StoredCounterfactual[]
  /** Film strip: per concept, alpha from 1 down to 0. Only some explanations have it. */
  readonly strip?: readonly StoredCounterfactual[]
  /** Heatmaps of the anomaly score beside the counterfactuals. */
  readonly attributions?: readonly StoredAttribution[]
  /** Row of the tensor "masks" in images.safetensors, uint8 [m, height, width], 0 or 255: where the defect is. */
  readonly mask?: number
}

/** A heatmap: how much each pixel adds to the anomaly score. */
export interface StoredAttribution {
  /** "gradient", "integrated-gradients", "occlusion", "anomaly-map". */
  readonly kind: string
  /** Row of the tensor "maps" in images.safetensors: uint8 [m, height, width], 0..255 for 0..`scale`. */
  readonly map: number
  /** Value of 255; the same for all maps of one kind in the file. */
  readonly scale: number
}

/** explanations/index.json */
export interface ExplanationsFile {
  readonly format: 1
  readonly shape: ImageShape
  readonly concepts: number
  /** Limits that the stamps were made with. */
  readonly limits: { readonly tolerance: number; readonly eps: number; readonly epsPrime: number }
  readonly explanations: readonly StoredExplanation[]
  /** Types of the generators, in the order of their counterfactuals: of `ifnormal explain --detector`, which trains none. */
  readonly generators?: readonly string[]
  /** By how many pixels masks were widened for `insideMask`. */
  readonly maskMargin?: number
}

/** One row of metrics.json. Shares and AuROC are fractions in [0, 1]. */
export interface MetricRow {
  /** Type name of the metric in a config, such as "counterfactual-auroc". */
  readonly type?: string
  readonly name: string
  readonly value: number
  readonly n: number
  /** Options that the metric was made with, where they are not the default. */
  readonly options?: Readonly<Record<string, unknown>>
  readonly unit?: "fraction" | "distance" | "seconds"
  readonly recipe?: string
  readonly interval?: readonly [number, number]
  /** Share inside the interval, seed and number of bootstrap draws, images by kind: as in MetricResult. */
  readonly level?: number
  readonly seed?: number
  readonly draws?: number
  readonly counts?: Readonly<Record<string, number>>
  /** Score that the value belongs to, where the metric chooses one. */
  readonly threshold?: number
  readonly ideal?: number | readonly [number, number]
  readonly skipped?: string
  /** The paper's number for the same quantity. */
  readonly paper?: { readonly value: number; readonly spread?: number; readonly source: string }
  /** The bar of this project and whether it is met. */
  readonly bar?: { readonly text: string; readonly met: boolean }
}

/** What an independent judge sees; see the metrics package. Fractions. */
export interface SemanticsRow {
  /** "raw anomalies", "normal test images", "concept 1", "concept 2", "all counterfactuals". */
  readonly name: string
  readonly n: number
  readonly cyan: number
  readonly one: number
  readonly cyanOrOne: number
  readonly digitKept: number
  readonly colorKept: number
}

/** metrics.json */
export interface MetricsFile {
  readonly format: 1
  readonly metrics: readonly MetricRow[]
  readonly semantics?: {
    readonly judge: string
    /** The color and digit that are normal, for the table's head. */
    readonly rows: readonly SemanticsRow[]
  }
}

/** Test images of a kind, in the order of the split. */
export interface TestImages {
  readonly n: number
  /** sha256 of their pixels as float32 in [0, 1]. */
  readonly sha256: string
}

/** A metric that is the mean of one value per test anomaly. */
export interface StoredValues {
  readonly type: string
  readonly name: string
  /** Rows of the test anomalies; absent where `values` has all of `rows`. Normal images follow behind the anomalies. */
  readonly index?: readonly number[]
  readonly values: readonly number[]
}

/**
 * values.json: what a paired comparison of two runs needs. Numbers have nine significant digits, so scores of a float32
 * detector are exact; infinite ones are stored as the largest number.
 */
export interface ValuesFile {
  readonly format: 1
  /** sha256 of the weights that were measured. */
  readonly weights: RunFile["weights"]
  readonly images: { readonly normal: TestImages; readonly anomaly: TestImages }
  /**
   * Raw scores of the stored images: all, or 20 000 of each kind evenly spread. By kind; counterfactuals one list per
   * concept, in the order of the anomalies.
   */
  readonly scores: {
    readonly normal: readonly number[]
    readonly anomaly: readonly number[]
    readonly counterfactual: readonly (readonly number[])[]
  }
  readonly metrics: readonly StoredValues[]
}
