import { compiled, type Detector, gaussianBlur, SCORE_CLIP, scoreLoss } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"

/** What a step does; numbers that are part of its graph. */
export interface StepOptions {
  readonly totalVariation: number
  readonly diversity: number
  /** Pixels. */
  readonly smooth: number
  /** Range of the change: [-1, 1] for free pixels, [0, 1] for a blend. */
  readonly blend: boolean
}

/** Adam's decay rates. */
export const BETA1 = 0.9
export const BETA2 = 0.98

/** All tensors of one step: p, m, v belong to the search, the rest enters anew. K rows, one per concept. */
export interface StepState {
  /** [K, height, width, c] the change, in units of `direction`. */
  readonly p: tf.Tensor4D
  /** [K, height, width, c] first moment. */
  readonly m: tf.Tensor4D
  /** [K, 1, 1, 1] second moment: of the largest entry of a row, not of each pixel, so that the change stays where the score is sensitive. */
  readonly v: tf.Tensor4D
}
export interface StepResult extends StepState {
  /** [K] phi before the step, noise included. */
  readonly phi: tf.Tensor1D
  /** [K] largest entry of the gradient before the step. */
  readonly sensitivity: tf.Tensor1D
  /** [K, height, width, channels] the counterfactual before the step. */
  readonly images: tf.Tensor4D
}

/** Whether phi is where `whereFlat` takes the raw score. */
export function isFlat(phi: number): boolean {
  return Math.abs(phi - 0.5) > 0.5 - SCORE_CLIP
}

/** x + p direction, in [0, 1]. */
function decode(x: tf.Tensor4D, direction: tf.Tensor4D, p: tf.Tensor4D): tf.Tensor4D {
  return tf.clipByValue(tf.add(x, tf.mul(p, direction)), 0, 1) as tf.Tensor4D
}

/**
 * One step of every concept's search: p - rate (the direction of L_phi + total variation + diversity), then the L1
 * term as its proximal map (soft threshold, as in FISTA), then the projection. Pure, so that an engine compiles it once.
 * Inputs beside the state: x [1, h, w, c]; direction [K, h, w, c] (or [1, 1, 1, 1]); alpha [K]; noise [K, h, w, c]
 * that is added to what the detector sees; rate [1]; per concept, [K, 1, 1, 1] each: Adam's two corrections, keep (0
 * forgets the moments), shrink (the weight of L1).
 */
export function compileStep(detector: Detector, options: StepOptions) {
  const run = compiled((...inputs: tf.Tensor[]) => {
    const [p, m, v, x, direction, alpha, noise, rate, c1, c2, keep, shrink] = inputs as [
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor1D,
      tf.Tensor4D,
      tf.Tensor1D,
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor4D,
    ]
    return tf.tidy(() => {
      const K = p.shape[0]
      const loss = (q: tf.Tensor) => {
        const clean = decode(x, direction, q as tf.Tensor4D)
        const raw = detector.rawScore(tf.clipByValue(tf.add(clean, noise), 0, 1) as tf.Tensor4D)
        const phi = detector.bound(raw)
        const total = tf.add(scoreLoss(phi, alpha), tf.mean(whereFlat(raw, phi, alpha)))
        return tf.concat([tf.reshape(total, [1]), phi])
      }
      const first = tf.tensor1d([1, ...Array<number>(K).fill(0)])
      const { value, grad: slope } = tf.valueAndGrad(loss)(p, first)
      const phi = tf.slice(value, 1, K)

      const gradient = gaussianBlur(slope as tf.Tensor4D, options.smooth)
      const m1 = tf.add(tf.mul(tf.mul(m, keep), BETA1), tf.mul(gradient, 1 - BETA1))
      const peak = tf.max(tf.abs(gradient), [1, 2, 3], true)
      const v1 = tf.add(tf.mul(tf.mul(v, keep), BETA2), tf.mul(tf.square(peak), 1 - BETA2))
      const size = tf.add(tf.sqrt(tf.mul(v1, c2)), 1e-20)
      let change: tf.Tensor = tf.div(tf.mul(m1, c1), size)
      if (options.totalVariation > 0) change = tf.add(change, tf.mul(roughness(p), options.totalVariation))
      if (options.diversity > 0 && K > 1) change = tf.add(change, tf.mul(likeness(p), options.diversity))

      const moved = tf.sub(p, tf.mul(change, rate))
      const kept = tf.mul(tf.sign(moved), tf.relu(tf.sub(tf.abs(moved), tf.mul(shrink, rate))))
      const p1 = options.blend ? tf.clipByValue(kept, 0, 1) : tf.sub(tf.clipByValue(tf.add(x, kept), 0, 1), x)
      return [p1, m1, v1, phi, tf.reshape(peak, [K]), decode(x, direction, p)]
    })
  })
  return (inputs: tf.Tensor[]): StepResult => {
    const [p, m, v, phi, sensitivity, images] = run(...inputs) as tf.Tensor[]
    return { p, m, v, phi, sensitivity, images } as unknown as StepResult
  }
}

/**
 * Where phi rounds to 0 or 1, L_phi has no slope. There the raw score takes its place, [rows], 0 elsewhere: `bound` is
 * increasing, so both agree on the direction.
 */
function whereFlat(raw: tf.Tensor1D, phi: tf.Tensor1D, alpha: tf.Tensor1D): tf.Tensor1D {
  // Steps from sign and relu: tfjs has no gradients of comparisons.
  const above = (value: tf.Tensor, limit: number) => tf.sign(tf.relu(tf.sub(value, limit)))
  const flat = above(tf.abs(tf.sub(phi, 0.5)), 0.5 - SCORE_CLIP)
  const off = tf.sub(phi, alpha)
  return tf.mul(raw, tf.mul(tf.mul(flat, above(tf.abs(off), SCORE_CLIP)), tf.sign(off)))
}

/** Gradient of the total variation of p, each difference smoothed near 0; entries in [-4, 4]. */
function roughness(p: tf.Tensor4D): tf.Tensor4D {
  const soft = (d: tf.Tensor) => tf.sum(tf.sqrt(tf.add(tf.square(d), 1e-4)))
  const [K, height, width, channels] = p.shape
  return tf.grad((q: tf.Tensor) => {
    const down = tf.sub(
      tf.slice(q, [0, 1, 0, 0], [K, height - 1, width, channels]),
      tf.slice(q, [0, 0, 0, 0], [K, height - 1, width, channels]),
    )
    const right = tf.sub(
      tf.slice(q, [0, 0, 1, 0], [K, height, width - 1, channels]),
      tf.slice(q, [0, 0, 0, 0], [K, height, width - 1, channels]),
    )
    return tf.add(soft(down), soft(right)) as tf.Scalar
  })(p) as tf.Tensor4D
}

/** Gradient of the squared cosines to the concepts before, each row's largest entry scaled to its cosine. */
function likeness(p: tf.Tensor4D): tf.Tensor4D {
  const K = p.shape[0]
  const flat = (t: tf.Tensor) => {
    const rows = tf.reshape(t, [K, -1])
    return tf.div(rows, tf.sqrt(tf.add(tf.sum(tf.square(rows), 1, true), 1e-8)))
  }
  const before = tf.tensor2d(
    Array.from({ length: K * K }, (_, i) => (i % K < Math.floor(i / K) ? 1 : 0)),
    [K, K],
  )
  const fixed = flat(p)
  const cosines = (q: tf.Tensor) =>
    tf.mul(tf.relu(tf.matMul(flat(q) as tf.Tensor2D, fixed as tf.Tensor2D, false, true)), before)
  const slope = tf.grad((q: tf.Tensor) => tf.sum(tf.square(cosines(q))))(p)
  const worst = tf.reshape(tf.max(cosines(p), 1), [K, 1, 1, 1])
  const peak = tf.max(tf.abs(slope), [1, 2, 3], true)
  return tf.mul(tf.div(slope, tf.add(peak, 1e-20)), worst) as tf.Tensor4D
}
