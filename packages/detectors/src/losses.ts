// Losses and scores of the detectors, in forms that stay finite in float32. Golden values: tools/reference/detectors.py.
import * as tf from "@tensorflow/tfjs-core"

/** Squares above this count as this, so that no distance is infinite. */
const LARGEST = 3e38
/** Below this, h counts as this in the logarithm for outliers: the loss is at most 69. Our choice. */
const SMALLEST = 1e-30

/** Whether to compute as the reference does where it departs from the formula. See docs/decisions/0009. */
export type Quirks = "none" | "eoe"

/**
 * -(y log sigmoid(l) + (1 - y) log(1 - sigmoid(l))) = max(l, 0) - l y + log(1 + exp(-|l|)), batch mean.
 * @param logits [batch]
 * @param outlier [batch] in {0, 1}
 */
export function sigmoidCrossEntropy(logits: tf.Tensor1D, outlier: tf.Tensor1D): tf.Scalar {
  return logits.relu().sub(logits.mul(outlier)).add(logits.abs().neg().exp().log1p()).mean()
}

/**
 * h = sqrt(|f|^2 + 1) - 1 (pseudo-Huber), computed as |f|^2 / (sqrt(|f|^2 + 1) + 1), which keeps small values.
 * @param squared |f|^2, any shape
 */
export function pseudoHuber<T extends tf.Tensor>(squared: T): T {
  const r = squared.minimum(LARGEST)
  return r.div(r.add(1).sqrt().add(1)) as T
}

/** |f|^2 of each row, [batch]. */
export function squaredNorm(f: tf.Tensor2D): tf.Tensor1D {
  return f.square().sum<tf.Tensor1D>(1).minimum(LARGEST)
}

/** 1 - exp(-h), into [0, 1]. Strictly increasing; in float32 it reaches 1 at h = 17. */
export function oneMinusExp(h: tf.Tensor1D): tf.Tensor1D {
  return h.neg().expm1().neg()
}

/**
 * -log(1 - exp(-h) + epsilon), what an outlier costs. With epsilon = 0 the gradient is -1 / (exp(h) - 1), h at least
 * 1e-30; otherwise exp(-h) / (1 - exp(-h) + epsilon), as the reference.
 * @param h [batch] at least 0
 */
export function outlierCost(h: tf.Tensor1D, epsilon = 0): tf.Tensor1D {
  if (epsilon > 0) return oneMinusExp(h).add<tf.Tensor1D>(epsilon).log().neg()
  const cost = tf.customGrad((...inputs) => {
    const floor = (inputs[0] as unknown as tf.Tensor1D).maximum(SMALLEST)
    const save = inputs[1] as unknown as (tensors: tf.Tensor[]) => void
    save([floor])
    // log(1 - exp(-h)) loses digits for large h if taken from expm1, for small h if taken from exp.
    const near = floor.neg().expm1().neg().log()
    const far = floor.neg().exp().minimum(0.9).neg().log1p()
    return {
      value: tf.where(floor.less(Math.LN2), near, far).neg() as tf.Tensor,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => dy.div(saved[0]!.expm1()).neg(),
    }
  })
  return cost(h) as tf.Tensor1D
}

/**
 * HSC: normal h, outlier -log(1 - exp(-h)), batch mean (Liznerski et al. 2022; eoe src/eoe/training/hsc.py).
 * @param h [batch]
 * @param outlier [batch] in {0, 1}
 * @param epsilon inside the logarithm; eoe has 1e-9, fcdd 1e-31
 */
export function hscLoss(h: tf.Tensor1D, outlier: tf.Tensor1D, epsilon = 0): tf.Scalar {
  const normal = h.mul(tf.sub(1, outlier))
  return outlierCost(h, epsilon).mul(outlier).add(normal).mean()
}
