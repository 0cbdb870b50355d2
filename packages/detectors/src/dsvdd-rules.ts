// Center, scale and bound of Deep SVDD as functions. Golden values: tools/reference/detectors.py.
import type * as tf from "@tensorflow/tfjs-core"
import { oneMinusExp, pseudoHuber, type Quirks } from "./losses.js"

/** How far every entry of a center is kept from 0, where a network without bias would collapse to. As eoe. */
export const CENTER_MARGIN = 0.1
/** Share of normal training images that score at most `NORMAL_SCORE`. Our choice. */
export const NORMAL_SHARE = 0.95
/** phi of the image at `NORMAL_SHARE`. Our choice: as the default tolerance of a counterfactual. */
export const NORMAL_SCORE = 0.25

/** d / scale counts as at most this, so that its square is finite. */
const LARGEST_RATIO = 1e18

/** Which strictly increasing function bounds squared distances. */
export type DsvddBound = "rational" | "exponential"

/**
 * Mean of the batches' means, its entries pushed to at least +-0.1. An entry of 0 becomes 0.1; under quirks "eoe" it
 * stays 0.
 * @param means f averaged over each batch, [batches][features]; each weighs the same
 */
export function center(means: readonly (readonly number[])[], quirks: Quirks = "none"): number[] {
  return means[0]!.map((_, j) => {
    const mean = means.reduce((sum, row) => sum + row[j]!, 0) / means.length
    if (mean === 0) return quirks === "eoe" ? 0 : CENTER_MARGIN
    return Math.abs(mean) < CENTER_MARGIN ? Math.sign(mean) * CENTER_MARGIN : mean
  })
}

/**
 * t^2 / (t^2 + 1) with t = d / scale, or 1 - exp(-h / scale) with h = sqrt(d + 1) - 1. Strictly increasing. In float32
 * the first reaches 1 at d = 5000 scale, the second at h = 17 scale.
 * @param squared d, [batch]
 * @param scale [1]
 */
export function dsvddBound(squared: tf.Tensor1D, scale: tf.Tensor, kind: DsvddBound): tf.Tensor1D {
  if (kind === "exponential") return oneMinusExp(pseudoHuber(squared).div(scale))
  const square = squared.div<tf.Tensor1D>(scale).minimum<tf.Tensor1D>(LARGEST_RATIO).square()
  return square.div(square.add(1))
}

/**
 * The scale under which `NORMAL_SHARE` of the normal images have phi <= `NORMAL_SCORE`.
 * @param squared d of normal images
 */
export function calibratedScale(squared: readonly number[], kind: DsvddBound): number {
  const sorted = Float64Array.from(squared).sort()
  const d = sorted[Math.min(sorted.length - 1, Math.floor(NORMAL_SHARE * sorted.length))]!
  const scale =
    kind === "rational"
      ? d * Math.sqrt((1 - NORMAL_SCORE) / NORMAL_SCORE)
      : d / (Math.sqrt(d + 1) + 1) / -Math.log1p(-NORMAL_SCORE)
  // Normal images in a single point leave nothing to measure.
  return Math.max(scale, 1e-6)
}
