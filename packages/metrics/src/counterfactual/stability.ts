import { normals, stream } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import type { BootstrapOptions } from "../intervals/options.js"
import { mean } from "../numbers.js"
import { type CounterfactualInput, type CounterfactualSelection, selectionName } from "../selection.js"
import { MeanMetric } from "./mean-metric.js"
import { checkPair, read } from "./pixels.js"

/** What is compared: images (mean squared or absolute difference) or scores (Jensen-Shannon distance). */
export type StabilityMeasure = "mse" | "mae" | "jsd"

/**
 * DISSECT's perturbation: 5 copies with Gaussian noise. Its code passes 0.01 as the standard deviation to images in
 * [-1, 1] (and calls it variance); that is 0.005 in [0, 1], 1.3 gray levels of 256.
 */
export const stabilityDefaults = { copies: 5, deviation: 0.005 } as const

/**
 * One slightly changed copy of originals, for `MetricInput.perturbed`: Gaussian noise, clipped to [0, 1] (our choice;
 * DISSECT does not clip).
 * @param images [batch, height, width, channels] in [0, 1]
 * @param seed of the noise, with `copy` (0, 1, ...) and `batch`, a number of the batch: same numbers, same noise
 * @param deviation default 0.005
 */
export function perturb(
  images: tf.Tensor4D,
  seed: number,
  copy: number,
  batch: number,
  deviation: number = stabilityDefaults.deviation,
): tf.Tensor4D {
  const noise = normals(stream(seed, "stability", batch, copy), images.size)
  return tf.tidy(
    () =>
      tf.clipByValue(tf.add(images, tf.mul(tf.tensor(noise, images.shape), deviation)), 0, 1) as tf.Tensor4D,
  )
}

const titles = { mse: "MSE", mae: "MAE", jsd: "score" } as const
const recipes = {
  mse: "mean over pixels of (CE - CE')^2, images in [0, 1]",
  mae: "mean over pixels of |CE - CE'|, images in [0, 1]",
  jsd: "Jensen-Shannon distance (nats) of Bernoulli(phi(CE)) and Bernoulli(phi(CE'))",
} as const

/**
 * Stability, as DISSECT (Ghandeharioun et al. 2022) measures it: how far counterfactuals move when their originals
 * hardly do. Needs `perturbed`: beside each batch, the counterfactuals of the same originals + noise (`perturb`, 5 copies)
 * at the same alpha and concept, with their phi; only they are compared, so nothing is kept but a number per row.
 * Deviations: images in [0, 1] and float (DISSECT subtracts bytes, whose differences wrap around at 256); one term for
 * the counterfactuals, none for reconstructions, which not every generator has. Default alpha = 0, "mae".
 * A generator that ignores its input is perfectly stable, so read it beside `MinimalityL1`.
 */
export class Stability extends MeanMetric {
  readonly name: string
  readonly ideal = 0
  readonly higherIsBetter = false
  readonly unit = "distance"
  protected readonly recipe: string

  constructor(
    selection: CounterfactualSelection = { alpha: 0 },
    private readonly compare: StabilityMeasure = "mae",
    bootstrap?: BootstrapOptions,
  ) {
    super(selection, bootstrap)
    this.name = `Stability, ${titles[compare]}${selectionName(selection)}`
    this.recipe = `${recipes[compare]}, CE' of a slightly changed original; mean over copies and CEs`
  }

  protected async measure({ images, phi, perturbed }: CounterfactualInput) {
    if (!perturbed?.length) return "Counterfactuals of slightly changed originals were not fed."
    const copies: ArrayLike<number>[] = []
    for (const copy of perturbed) {
      checkPair(copy.images, images, "Counterfactuals of changed originals")
      copies.push(
        this.compare === "jsd"
          ? phi.map((value, row) => jensenShannon(value, copy.phi[row]!))
          : await read(() => this.distance(tf.sub(images, copy.images))),
      )
    }
    return phi.map((_, row) => mean(copies.map((copy) => copy[row]!)))
  }

  private distance(difference: tf.Tensor): tf.Tensor {
    return tf.mean(this.compare === "mse" ? tf.square(difference) : tf.abs(difference), [1, 2, 3])
  }
}

/** Square root of the Jensen-Shannon divergence of Bernoulli(p) and Bernoulli(q), as scipy's jensenshannon. */
export function jensenShannon(p: number, q: number): number {
  const term = (a: number, b: number) => (a === 0 ? 0 : a * Math.log((2 * a) / (a + b)))
  const divergence = (term(p, q) + term(1 - p, 1 - q) + term(q, p) + term(1 - q, 1 - p)) / 2
  // Equal scores may round below 0.
  return Math.sqrt(Math.max(0, divergence))
}
