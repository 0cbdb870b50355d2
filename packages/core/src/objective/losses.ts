// The losses of the paper, section 3.2, each minimized; the printed form stands above each. What the paper leaves
// open, or prints by mistake, is in docs/decisions (losses as printed and as implemented).
import * as tf from "@tensorflow/tfjs-core"

/** How far phi may come to 0 and 1 inside a logarithm. Our choice. */
export const SCORE_CLIP = 1e-6

/** "bce" is the printed L_phi; the paper names L2 and KL as alternatives. */
export type ScoreLoss = "bce" | "l2" | "kl"
/** "paper": L_G as printed, which saturates at D >= 1. "standard": -mean D, as DISSECT and SNGAN. */
export type GeneratorLoss = "paper" | "standard"
/** The second pair that the concept classifier sees: "dissect" (xbar, xtilde), "paper" (xbar, xbar), "none". */
export type ConceptPair = "dissect" | "paper" | "none"

/**
 * L_phi = alpha log phi(xbar) + (1 - alpha) log(1 - phi(xbar)), a log-likelihood <= 0, batch mean. It enters U with a
 * minus (section 4). Finite for phi in {0, 1}: phi is clipped to [1e-6, 1 - 1e-6].
 * @param phi [batch] in [0, 1]
 * @param alpha [batch] in [0, 1]
 */
export function scoreLogLikelihood(phi: tf.Tensor1D, alpha: tf.Tensor1D): tf.Scalar {
  const p = phi.clipByValue(SCORE_CLIP, 1 - SCORE_CLIP)
  const q = tf.sub(1, p)
  return alpha.mul(p.log()).add(tf.sub(1, alpha).mul(q.log())).mean()
}

/**
 * What replaces -L_phi in U.
 *   bce: -L_phi      l2: (phi(xbar) - alpha)^2      kl: KL(alpha || phi(xbar)) = -L_phi - H(alpha)
 * "kl" has the gradient of "bce" and is 0 where the target is met.
 */
export function scoreLoss(phi: tf.Tensor1D, alpha: tf.Tensor1D, kind: ScoreLoss = "bce"): tf.Scalar {
  if (kind === "l2") return phi.sub(alpha).square().mean()
  const bce = scoreLogLikelihood(phi, alpha).neg<tf.Scalar>()
  return kind === "bce" ? bce : bce.add(scoreLogLikelihood(alpha, alpha))
}

/**
 * L_G = -min(0, -1 + D(xbar)) ("paper"), or -D(xbar) ("standard"); batch mean.
 * @param fake [batch] D(xbar)
 * @param weight [batch], default 1
 */
export function generatorLoss(
  fake: tf.Tensor1D,
  kind: GeneratorLoss = "standard",
  weight?: tf.Tensor1D,
): tf.Scalar {
  const perImage = kind === "paper" ? tf.sub(1, fake).relu() : fake.neg()
  return (weight ? perImage.mul(weight) : perImage).mean()
}

/**
 * -L_D, L_D = min(0, -1 + D(x)) + min(0, -1 - D(xbar)), which D maximizes; batch means.
 * @param real [batch] D(x)
 * @param fake [batch] D(xbar), may have another length
 * @param weight [batch] of the fakes, default 1
 */
export function discriminatorLoss(real: tf.Tensor1D, fake: tf.Tensor1D, weight?: tf.Tensor1D): tf.Scalar {
  const fakes = tf.add(1, fake).relu()
  return tf
    .sub(1, real)
    .relu()
    .mean<tf.Scalar>()
    .add((weight ? fakes.mul(weight) : fakes).mean())
}

/**
 * L_rec = |x - G(x, phi(x), k)|_1 and L_cyc = |x - xtilde|_1, xtilde = G(xbar, phi(x), k). The mean over pixels and
 * channels instead of their sum, as in DISSECT. The training loop gives images in [-1, 1].
 */
export function reconstructionLoss(x: tf.Tensor4D, y: tf.Tensor4D): tf.Scalar {
  return x.sub(y).abs().mean()
}

/**
 * CE(k, R(x, xbar)), one term of L_con = CE(k, R(x, xbar)) + CE(k, R(xbar, xbar)); weighted batch mean.
 * @param logits [batch, K] of R
 * @param concept [batch, K] one-hot k
 * @param weight [batch], default 1
 */
export function conceptLoss(logits: tf.Tensor2D, concept: tf.Tensor2D, weight?: tf.Tensor1D): tf.Scalar {
  const perImage = tf.logSoftmax(logits).mul(concept).sum(1).neg()
  return (weight ? perImage.mul(weight) : perImage).mean()
}

/**
 * Not in the paper (our choice, off by default): a hinge on the mean distance of two counterfactuals of one image,
 * max(0, margin - mean|a - b|), weighted batch mean.
 * @param a [batch, height, width, channels] and `b` alike: the same images under different concepts
 * @param weight [batch]
 */
export function diversityLoss(
  a: tf.Tensor4D,
  b: tf.Tensor4D,
  margin: number,
  weight: tf.Tensor1D,
): tf.Scalar {
  return tf
    .sub(margin, a.sub(b).abs().mean([1, 2, 3]))
    .relu()
    .mul(weight)
    .mean()
}

/** Share of images whose largest logit is that of their concept. */
export function conceptAccuracy(logits: tf.Tensor2D, concept: tf.Tensor2D): tf.Scalar {
  const hit = logits.argMax(1).equal(concept.argMax(1))
  return hit.cast("float32").mean()
}
