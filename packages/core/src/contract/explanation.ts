import type { Image } from "./images.js"

/**
 * "valid": scored near the target by the detector, close to the original, distinct from the other concepts.
 * "target-missed": re-scored further than `tolerance` from alpha. "too-far": mean L1 distance to the original above eps.
 * "not-distinct": closer than eps' to another concept's counterfactual (paper section 3.1). "fragile": no longer near the
 * target under a little noise or blur, or under a second detector: an adversarial look-alike rather than an explanation
 * (our choice). The first that applies, in this order.
 */
export type CounterfactualStatus = "valid" | "target-missed" | "too-far" | "not-distinct" | "fragile"

export interface Counterfactual {
  readonly image: Image
  /** phi of the counterfactual, re-scored. */
  readonly score: number
  /** 0..K-1 */
  readonly concept: number
  /** Target score. */
  readonly alpha: number
  /** Mean absolute difference to the original per pixel and channel, in [0, 1]. */
  readonly distance: number
  readonly status: CounterfactualStatus
  /** What the generator, or the test for fragility, says about this counterfactual. One sentence. */
  readonly note?: string
}

export interface Explanation {
  readonly image: Image
  /** phi of the image. */
  readonly score: number
  readonly counterfactuals: readonly Counterfactual[]
}
