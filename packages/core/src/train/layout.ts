import * as tf from "@tensorflow/tfjs-core"
import type { ObjectiveOptions } from "../objective/objective.js"

/** Rows of a batch: from, number. */
export type Range = readonly [start: number, length: number]

/** Which rows of a data batch do what, and which rows of G's batch get a cycle. */
export interface BatchLayout {
  /** Images that the data yields per step. */
  readonly dataSize: number
  /** Images that G changes, before they are repeated for each concept. */
  readonly images: number
  /** Rows of G's batch, images times copies. */
  readonly rows: number
  readonly copies: number
  /** Rows of the data batch that G changes. */
  readonly generator: readonly Range[]
  /** Rows of the data batch that D sees as real. */
  readonly real: readonly Range[]
  /** Rows of G's batch that get a cycle. */
  readonly cycle: readonly Range[]
}

/**
 * The layout of a training step. A data batch with outliers is one half normal, one half outliers.
 * @param batchSize rows of G's batch
 * @param outliers whether the data yields any
 */
export function batchLayout(
  batchSize: number,
  concepts: number,
  objective: ObjectiveOptions,
  outliers: boolean,
): BatchLayout {
  const copies = objective.pairConcepts ? concepts : 1
  const images = batchSize / copies
  const normal = outliers ? Math.round(objective.normalShare * images) : images
  const other = images - normal
  const share = objective.realNormalShare
  const own = share === undefined ? 0 : batchSize
  const realNormal = outliers ? Math.round((share ?? 0) * own) : own
  const realOther = own - realNormal
  const half = outliers ? Math.max(normal + realNormal, other + realOther) : normal + own
  const generator: Range[] = [
    [0, normal],
    [half, other],
  ]
  const shared = objective.realSamples === "normal" ? generator.slice(0, 1) : generator
  const ownRows: Range[] = [
    [normal, realNormal],
    [half + other, realOther],
  ]
  const part = (start: number, length: number): Range => [start, Math.round(objective.cycleShare * length)]
  const cycle = Array.from({ length: copies }, (_, copy) => [
    part(copy * images, normal),
    part(copy * images + normal, other),
  ]).flat()
  const filled = (ranges: readonly Range[]): Range[] => ranges.filter(([, length]) => length > 0)
  return {
    dataSize: outliers ? 2 * half : half,
    images,
    rows: batchSize,
    copies,
    generator: filled(generator),
    real: filled(own > 0 ? ownRows : shared),
    cycle: filled(cycle),
  }
}

/** Number of rows in all ranges. */
export function countRows(ranges: readonly Range[]): number {
  return ranges.reduce((sum, [, length]) => sum + length, 0)
}

/** The rows in `ranges`, in order. */
export function pick<T extends tf.Tensor>(x: T, ranges: readonly Range[]): T {
  if (countRows(ranges) === x.shape[0]) return x
  const parts = ranges.map(([start, length]) => x.slice([start], [length]))
  return (parts.length === 1 ? parts[0]! : tf.concat(parts)) as T
}
