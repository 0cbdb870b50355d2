// What the page shows, as JSON. Built in Node by ../page-data.ts, embedded in the report, read by the page.
import type {
  ExplanationsFile,
  ImageShape,
  MetricsFile,
  RunFile,
  StoredCounterfactual,
  StoredExplanation,
} from "@ifnormal/core"

/** Counts of scores phi in equal bins over [0, 1]. */
export interface ScoreHistogram {
  readonly bins: number
  readonly normal: readonly number[]
  readonly anomaly: readonly number[]
  /** One list per concept, or per name. */
  readonly counterfactual: readonly (readonly number[])[]
  readonly names?: readonly string[]
}

/** One loss term over the steps of a training. */
export interface Curve {
  readonly term: string
  readonly steps: readonly number[]
  /** Mean of the steps around each point. */
  readonly values: readonly number[]
  readonly smooth: readonly number[]
}

export interface Training {
  readonly model: "detector" | "generator"
  readonly steps: number
  readonly seconds: number
  readonly curves: readonly Curve[]
}

/** All images of the page in one PNG; image i is at column i % columns, row floor(i / columns). */
export interface Sprite {
  readonly columns: number
  readonly rows: number
  readonly shape: ImageShape
}

/** An explanation whose `image` and `map` numbers are cells of the sprite. */
export interface ShownExplanation extends Omit<StoredExplanation, "mask"> {
  /** SVG path around the defect, in pixels of the sprite's shape. */
  readonly outline?: string
}
export type ShownCounterfactual = StoredCounterfactual

export interface ShownExplanations {
  readonly limits: ExplanationsFile["limits"]
  readonly concepts: number
  readonly sprite: Sprite
  readonly anomalies: readonly ShownExplanation[]
  readonly normals: readonly ShownExplanation[]
  /** How many the run has; the page shows fewer where the file would become too large. */
  readonly total: { readonly anomalies: number; readonly normals: number }
  /** Over all explained anomalies: stamps of their counterfactuals. */
  readonly stamps: Readonly<Record<StoredCounterfactual["status"], number>>
  /** Change maps of the first selection, one per concept, as PNG data URIs, so that the page needs no JavaScript for them. */
  readonly firstChange: readonly ChangeView[]
  /** Types of generators that needed no training; such a run has no concepts to name. */
  readonly generators?: readonly string[]
  /** In the order of `generators`, over all explained anomalies. */
  readonly reached?: readonly Reached[]
  /** Of the anomalies of such a run: with at least one valid counterfactual. */
  readonly explained?: number
  /** Kinds of heatmaps, with the value that is shown at full strength. */
  readonly heats?: readonly { readonly kind: string; readonly scale: number }[]
  /** By how many pixels masks were widened before the change inside was counted. */
  readonly maskMargin?: number
  /** Pictures are shown at one of so many pixels per side. */
  readonly shrunk?: number
}

/** What one generator reached, by its best counterfactual of each image. */
export interface Reached {
  readonly generator: string
  /** Images that it made a counterfactual for. */
  readonly n: number
  readonly stamps: Readonly<Record<StoredCounterfactual["status"], number>>
  /** Median share of the change inside the mask, in [0, 1]. */
  readonly inside?: number
  /** Median. */
  readonly seconds?: number
}

/** A signed change map, ready to show. */
export interface ChangeView {
  readonly uri: string
  /** Share of pixels whose shown difference is above the threshold, in [0, 1]. */
  readonly changed: number
}

export interface PageData {
  /** The run folder as the user types it, for commands. */
  readonly folder: string
  readonly run?: RunFile
  readonly experiment?: unknown
  readonly histogram?: ScoreHistogram
  readonly explanations?: ShownExplanations
  readonly metrics?: MetricsFile
  readonly trainings: readonly Training[]
}

/** What every view gets: the data, and the selected anomaly. */
export interface Selection {
  readonly data: PageData
  readonly selected: number
  readonly onSelect: (index: number) => void
}
