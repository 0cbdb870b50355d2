import { cosine, type Schedule, stepDecay, type TrainingData, TrainingError } from "@ifnormal/core"
import type * as tf from "@tensorflow/tfjs-core"
import { z } from "zod"

/** Options of every training here. */
export const fittingOptions = {
  /**
   * Learning rate over the training. "cosine": to 0 (our choice: better within a few hundred steps). "decay": times
   * 0.1 after two thirds (as eoe lowers it, in proportion).
   */
  schedule: z.enum(["cosine", "decay"]).default("cosine"),
}

/** The factor on the learning rate that the option names. */
export function scheduleOf({ schedule }: { readonly schedule: "cosine" | "decay" }): Schedule {
  return schedule === "cosine" ? cosine(0) : stepDecay(2 / 3, 0.1)
}

/** Images in [0, 1] as the networks see them, in [-1, 1]. Our choice; see docs/decisions/0009 for eoe's. */
export function centered(x: tf.Tensor4D): tf.Tensor4D {
  return x.mul<tf.Tensor4D>(2).sub(1)
}

/** @throws TrainingError "training-outliers" where a detector that learns from outliers gets none */
export function requireOutliers(data: TrainingData, detector: string): void {
  if (data.outliers > 0) return
  const supervised = detector === "supervised"
  throw new TrainingError({
    code: "training-outliers",
    message: `Detector "${detector}" learns from ${supervised ? "labelled anomalies" : "outlier exposure"}, and the training data has none.`,
    next: `Add setup.${supervised ? "labelledAnomalies" : "outlierExposure"}, or use the detector "dsvdd", which needs normal images only.`,
  })
}
