import { type Detector, type MetricInput, type Scores, scoreImages } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import type { TestMasks } from "./masks.js"
import type { LoadedModel } from "./model.js"

/** Images in one call of detector and generator. */
export const BATCH = 128

/** What inputs of metrics are made with. */
export interface InputSource {
  readonly model: Pick<LoadedModel, "detector" | "generator">
  /** A detector of another seed. */
  readonly second?: Detector
  readonly masks?: TestMasks
}

/** Test images as metrics know them, in the order of the split. */
export interface Originals {
  readonly role: "normal" | "anomaly"
  readonly images: tf.Tensor4D
  /** [batch] rows among the test images of the role. */
  readonly rows: readonly number[]
  /** [batch] which test image: anomalies by their row, normal images behind them. */
  readonly index: Int32Array
  readonly scores: Scores
  /** [batch, height, width], absent where the detector gives none. */
  readonly maps?: tf.Tensor3D
  readonly masks?: tf.Tensor3D
}

/** Counterfactuals of such images. */
export interface Made {
  readonly images: tf.Tensor4D
  readonly alpha: Float64Array
  readonly concept: number
  readonly seconds?: Float64Array
}

/** Scores, maps and masks of test images; the caller frees them with `disposeOriginals`. */
export async function originalsOf(
  role: Originals["role"],
  images: tf.Tensor4D,
  rows: readonly number[],
  offset: number,
  { model, masks }: InputSource,
): Promise<Originals> {
  const maps = await mapsOf(images, model.detector)
  const drawn = await masks?.read(role, rows)
  return {
    role,
    images,
    rows,
    index: Int32Array.from(rows, (row) => row + (role === "normal" ? offset : 0)),
    scores: await scoreImages(images, model.detector, BATCH),
    ...(maps && { maps }),
    ...(drawn && { masks: drawn }),
  }
}

export function disposeOriginals({ maps, masks }: Originals): void {
  tf.dispose([maps, masks].filter((tensor) => tensor !== undefined))
}

/** What a metric sees of test images. */
export function originalInput({ role, images, scores, maps, masks }: Originals): MetricInput {
  return {
    role,
    images,
    scores: scores.raw,
    phi: scores.phi,
    ...(maps && { maps }),
    ...(masks && { masks }),
  }
}

export type CounterfactualInput = Extract<MetricInput, { role: "counterfactual" }>

/**
 * Shows `use` what a metric sees of counterfactuals: re-scored, with maps and logits of the concept classifier. What was
 * made for it is freed afterwards.
 */
export async function withCounterfactuals(
  originals: Originals,
  { images, alpha, concept, seconds }: Made,
  { model, second }: InputSource,
  use: (input: CounterfactualInput) => Promise<void>,
): Promise<void> {
  const { raw, phi } = await scoreImages(images, model.detector, BATCH)
  const maps = originals.maps && (await mapsOf(images, model.detector))
  const secondPhi = second && (await scoreImages(images, second, BATCH)).phi
  const conceptLogits = model.generator.conceptLogits
    ? tf.tidy(() => model.generator.conceptLogits!(originals.images, images))
    : undefined
  try {
    await use({
      role: "counterfactual",
      images,
      scores: raw,
      phi,
      originals: originals.images,
      originalPhi: originals.scores.phi,
      index: originals.index,
      alpha,
      concept: new Int32Array(alpha.length).fill(concept),
      ...(conceptLogits && { conceptLogits }),
      ...(secondPhi && { secondPhi }),
      ...(seconds && { seconds }),
      ...(maps && originals.maps && { maps, originalMaps: originals.maps }),
      ...(originals.masks && { masks: originals.masks }),
    })
  } finally {
    tf.dispose([conceptLogits, maps].filter((tensor) => tensor !== undefined))
  }
}

async function mapsOf(images: tf.Tensor4D, detector: Detector): Promise<tf.Tensor3D | undefined> {
  if (!detector.anomalyMap) return undefined
  const maps = await detector.anomalyMap(images)
  const planes = tf.tidy(() => tf.reshape(maps, [maps.shape[0], maps.shape[1], maps.shape[2]]) as tf.Tensor3D)
  maps.dispose()
  return planes
}
