import type { MetricRow } from "@ifnormal/core"
import {
  ALL_OR_NONE,
  allOrNone,
  type BootstrapOptions,
  bootstrapFields,
  bootstrapInterval,
  clusterInterval,
  meanInterval,
} from "@ifnormal/metrics"
import type { Explained } from "./passes.js"

/** Types of the rows that no metric of a plugin gives. */
export const OWN_TYPES = ["anomaly-score", "stamp", "explain-time", "judge"] as const

/** A share of cases, some of which may come from the same image. */
export interface Share {
  readonly type: (typeof OWN_TYPES)[number]
  readonly name: string
  /** [cases] 1 where it holds, else 0. */
  readonly hits: readonly number[]
  /** [cases] row of each among the test anomalies, or the normal images. */
  readonly images: readonly number[]
  readonly of: "anomaly" | "normal"
  readonly recipe: string
  readonly bar?: { readonly text: string; readonly meets: (share: number) => boolean }
}

/** A row with the share and its interval over images. */
export function shareRow(
  { type, name, hits, images, recipe, bar }: Share,
  bootstrap: BootstrapOptions,
): MetricRow {
  const value = mean(hits)
  const even = allOrNone(hits, new Set(images).size, bootstrap.level)
  return {
    type,
    name,
    value,
    n: hits.length,
    unit: "fraction",
    ...(even
      ? { ...even, recipe: `${recipe}; ${ALL_OR_NONE}` }
      : {
          recipe,
          interval: clusterInterval(hits, images, undefined, bootstrap),
          ...bootstrapFields(bootstrap),
        }),
    ...(bar && { bar: { text: bar.text, met: bar.meets(value) } }),
  }
}

/** Stamps of counterfactuals as shares. */
export function stampShares({ counterfactual }: Explained): Share[] {
  const images = counterfactual.flatMap(({ status }) => [...status.keys()])
  const stamps = counterfactual.flatMap(({ status }) => status)
  return (["valid", "target-missed", "too-far", "not-distinct", "fragile"] as const).map((name) => ({
    type: "stamp",
    name: `Stamped ${name}`,
    hits: stamps.map((status) => (status === name ? 1 : 0)),
    images,
    of: "anomaly",
    recipe: "share of CEs at alpha 0; the first stamp that applies",
  }))
}

/** What no metric of a plugin sees: the detector's height on anomalies, stamps and what a judge sees, time. */
export function ownRows(
  { anomaly, counterfactual, batches }: Explained,
  shares: readonly Share[],
  bootstrap: BootstrapOptions,
): MetricRow[] {
  const { phi } = anomaly
  const height = mean(phi)
  return [
    {
      type: "anomaly-score",
      name: "Mean score of test anomalies",
      value: height,
      n: phi.length,
      recipe: "mean of phi",
      interval: meanInterval(phi, bootstrap),
      ...bootstrapFields(bootstrap),
      ideal: 1,
      bar: { text: ">= 0.8", met: height >= 0.8 },
    },
    timeRow(batches, counterfactual.length, bootstrap),
    ...shares.map((share) => shareRow(share, bootstrap)),
  ]
}

// Batches are drawn: images of one batch share its time.
function timeRow(batches: Explained["batches"], concepts: number, bootstrap: BootstrapOptions): MetricRow {
  const timeOf = (drawn: ArrayLike<number>) => {
    let [images, seconds] = [0, 0]
    for (let i = 0; i < drawn.length; i++) {
      images += batches[drawn[i]!]!.images
      seconds += batches[drawn[i]!]!.seconds
    }
    return (1000 * seconds) / images
  }
  const all = [...batches.keys()]
  const value = timeOf(all)
  return {
    type: "explain-time",
    name: "Time to explain 1000 images",
    value,
    n: batches.reduce((sum, { images }) => sum + images, 0),
    unit: "seconds",
    recipe: `all concepts, with re-scoring and stamps${batches.length > 1 ? "; interval over batches" : ""}`,
    ...(batches.length > 1 && {
      interval: bootstrapInterval([all], ([drawn]) => timeOf(drawn!), bootstrap),
      ...bootstrapFields(bootstrap),
    }),
    ...(concepts === 2 && { bar: { text: "<= 30 s", met: value <= 30 } }),
  }
}

function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}
