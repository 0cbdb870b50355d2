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
  /** One list per concept. */
  readonly counterfactual: readonly (readonly number[])[]
  /** Of the counterfactuals, where they are not numbered concepts. */
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

/** An explanation whose `image` numbers are cells of the sprite. */
export type ShownExplanation = StoredExplanation
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
  /** Of instant explanations: how generators without training compare. */
  readonly compared?: readonly Compared[]
  readonly maskMargin?: number
  /** Heatmaps and mask outlines by the explanation's id. */
  readonly heat: Readonly<Record<string, HeatView>>
}

/** What the best counterfactuals of a generator reached. */
export interface Compared {
  readonly generator: string
  readonly n: number
  readonly counts: Readonly<Record<StoredCounterfactual["status"], number>>
  /** Mean share of the changed energy inside the mask, and of how many images. */
  readonly inside?: { readonly share: number; readonly n: number }
  readonly seconds?: number
}

/** Pictures of one explanation beside its counterfactuals, as PNG data URIs. */
export interface HeatView {
  readonly outline?: string
  readonly maps: readonly { readonly kind: string; readonly uri: string }[]
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
