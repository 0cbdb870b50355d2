import type { RunFile, StoredValues, ValuesFile } from "@ifnormal/core"
import { meanPerImage } from "@ifnormal/metrics"
import { spread } from "./gallery.js"
import type { Measure } from "./measures.js"
import type { Share } from "./own-rows.js"
import type { Explained, Scored } from "./passes.js"

/** Images of a kind that are stored at most; about 200 kB a metric. */
export const STORED_IMAGES = 20_000

/** What of an evaluation is kept for comparing it with another. */
export function makeValues(
  weights: RunFile["weights"],
  normal: Scored,
  { anomaly, counterfactual }: Explained,
  measures: readonly Measure[],
  shares: readonly Share[],
): ValuesFile {
  const images = ({ raw, sha256 }: Scored) => ({ n: raw.length, sha256 })
  return {
    format: 1,
    weights,
    images: { normal: images(normal), anomaly: images(anomaly) },
    scores: {
      normal: thinned(normal.raw),
      anomaly: thinned(anomaly.raw),
      counterfactual: counterfactual.map(({ raw }) => thinned(raw)),
    },
    metrics: [
      ...measures.flatMap((measure) => storedValues(measure, anomaly.raw.length)),
      { type: "anomaly-score", name: "Mean score of test anomalies", values: thinned(anomaly.phi) },
      ...shares
        .filter(({ of }) => of === "anomaly")
        .map(({ type, name, images, hits }) => ({
          type,
          name,
          values: thinned(meanPerImage(images, hits).values),
        })),
    ],
  }
}

function storedValues({ type, metric }: Measure, anomalies: number): StoredValues[] {
  const found = metric.perImage?.()
  if (!found) return []
  const kept = spread(found.index.length, STORED_IMAGES)
  const index = kept.map((i) => found.index[i]!)
  const all = index.length === anomalies && index.every((row, i) => row === i)
  return [
    {
      type,
      name: metric.name,
      ...(!all && { index }),
      values: kept.map((i) => nineDigits(found.values[i]!)),
    },
  ]
}

function thinned(values: ArrayLike<number>): number[] {
  return spread(values.length, STORED_IMAGES).map((i) => nineDigits(values[i]!))
}

// JSON has no infinity.
function nineDigits(value: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, Number(value.toPrecision(9))))
}
