import { DataError } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { z } from "zod"

/**
 * How scores of a foreign model become phi in [0, 1]: sigmoid((raw - threshold) / scale), or "unit" where they are in
 * [0, 1] already.
 */
export const boundOptions = z.union([
  z.literal("unit"),
  z.strictObject({
    /** The raw score of phi = 0.5. */
    threshold: z.number(),
    /** Raw scores from phi = 0.5 to 0.73. */
    scale: z.number().gt(0),
  }),
])
export type BoundOptions = z.output<typeof boundOptions>

/** phi of the median and of the 95 % quantile of normal images after `calibrate`. Our choice. */
const CALIBRATED = { median: 0.05, high: 0.25 }

/**
 * The bound of a detector that somebody else trained. Without options it is calibrated on normal images; until then
 * threshold is 0 and scale 1.
 *
 * Calibrated phi = (1 + z / (1 + |z|)) / 2, z = (raw - threshold) / scale: as a sigmoid in the middle, but its tails fall
 * as 1 / z. Normal images say nothing about how large the scores of anomalies are; a sigmoid of their spread rounds to 1
 * in float32 from z = 17 on and has no gradient left there.
 */
export class Bound {
  readonly #options: BoundOptions | undefined
  /** "threshold" and "scale", scalars; none for "unit". */
  readonly variables: Readonly<Record<string, tf.Variable>>

  constructor(options?: BoundOptions) {
    this.#options = options
    const { threshold, scale } = options === undefined ? { threshold: 0, scale: 1 } : unitless(options)
    this.variables =
      options === "unit"
        ? {}
        : tf.tidy(() => ({
            threshold: tf.variable(tf.scalar(threshold), false),
            scale: tf.variable(tf.scalar(scale), false),
          }))
  }

  /** Whether `calibrate` has anything to do. */
  get calibrates(): boolean {
    return this.#options === undefined
  }

  /** Strictly increasing, [batch] into [0, 1]. */
  apply(raw: tf.Tensor1D): tf.Tensor1D {
    return tf.tidy((): tf.Tensor1D => {
      const { threshold, scale } = this.variables
      if (!threshold || !scale) return raw.clipByValue(0, 1) as tf.Tensor1D
      const z = raw.sub(threshold).div<tf.Tensor1D>(scale)
      if (this.#options !== undefined) return z.sigmoid()
      return z.div(z.abs().add(1)).add(1).div(2)
    })
  }

  /**
   * Sets threshold and scale so that the median normal image has phi 0.05 and the 95 % quantile 0.25, the farthest that a
   * valid counterfactual may be from 0 by default. Quantiles, so that a few odd images do not matter; of fewer than 20
   * images the quantile is near their maximum. Where the scores hardly differ, the scale is a thousandth of their size.
   * @param raw scores of normal images, at least one
   * @throws DataError "data-score" for a score that is not finite, "data-empty" for none
   */
  calibrate(raw: readonly number[]): void {
    const { threshold, scale } = this.variables
    if (!this.calibrates || !threshold || !scale) return
    const bad = raw.find((score) => !Number.isFinite(score))
    if (bad !== undefined || raw.length === 0)
      throw new DataError({
        code: raw.length === 0 ? "data-empty" : "data-score",
        message: `The scores of normal images are ${raw.length === 0 ? "none" : bad}, expected finite numbers.`,
        next: "Check the normal images and the model's normalization.",
      })
    const sorted = [...raw].sort((a, b) => a - b)
    const [median, high] = [quantile(sorted, 0.5), quantile(sorted, 0.95)]
    const [low, edge] = [inverse(CALIBRATED.median), inverse(CALIBRATED.high)]
    const spread = Math.max(high - median, 1e-3 * Math.abs(median), 1e-6)
    const fitted = spread / (edge - low)
    tf.tidy(() => {
      threshold.assign(tf.scalar(median - low * fitted))
      scale.assign(tf.scalar(fitted))
    })
  }

  dispose(): void {
    for (const variable of Object.values(this.variables)) variable.dispose()
  }
}

const unitless = (options: BoundOptions) => (options === "unit" ? { threshold: 0, scale: 1 } : options)

/** z of a phi below one half. */
const inverse = (phi: number): number => 1 - 1 / (2 * phi)

/** Between the two nearest of sorted values, as numpy's default. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1)
  const below = sorted[Math.floor(at)] as number
  const above = sorted[Math.ceil(at)] as number
  return below + (at - Math.floor(at)) * (above - below)
}
