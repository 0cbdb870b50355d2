import type { PageData } from "./types.js"

/** Links of the bar, in the order of the page. */
const all = [
  ["scores", "Scores"],
  ["gallery", "Gallery"],
  ["strip", "Film strip"],
  ["pseudo", "Pseudo-anomalies"],
  ["change", "Change map"],
  ["training", "Training"],
  ["metrics", "Metrics"],
  ["semantics", "Semantics"],
  ["limits", "Limits"],
  ["provenance", "Provenance"],
] as const

const own = [
  ["gallery", "Gallery"],
  ["change", "In detail"],
  ["generators", "Generators"],
  ["scores", "Scores"],
  ["strip", "Film strip"],
  ["pseudo", "Pseudo-anomalies"],
  ["training", "Training"],
  ["metrics", "Metrics"],
  ["semantics", "Semantics"],
  ["limits", "Limits"],
  ["provenance", "Provenance"],
] as const

export type ViewId = (typeof all | typeof own)[number][0]

/**
 * Which views the page has. A run of this project's training has all of them: what is not there yet names the command
 * that makes it. An explained detector of the user's own never gets a training or a judge: only what is there is shown,
 * pictures first.
 */
export function viewsOf({
  explanations,
  trainings,
  metrics,
  histogram,
}: PageData): readonly (readonly [ViewId, string])[] {
  if (!explanations?.generators) return all
  const absent: Partial<Record<ViewId, boolean>> = {
    scores: !histogram,
    strip: !explanations.anomalies.some(({ strip }) => strip),
    pseudo: explanations.normals.length === 0,
    training: trainings.length === 0,
    metrics: !metrics,
    semantics: !metrics?.semantics,
  }
  return own.filter(([id]) => !absent[id])
}
