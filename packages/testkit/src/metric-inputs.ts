import { type ImageShape, type MetricInput, stream } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { mockImages } from "./mocks.js"

/** Seeded images of every role; what is handed out is freed by `dispose`. */
export interface MetricImages {
  /** Images start..end-1 of each role: normal, anomaly, counterfactual. */
  all(start?: number, end?: number): MetricInput[]
  /** The same, with originals one pixel higher than their counterfactuals. */
  withTallOriginals(): MetricInput[]
  dispose(): void
}

/**
 * Every field of an input is there: maps, masks (a square of defect in every anomaly), phi, which image a counterfactual
 * comes from, a second detector's phi, seconds, and counterfactuals of two slight changes. Normal images score about -1,
 * anomalies about 1, their counterfactuals between; every fourth has alpha = 1.
 */
export function metricImages(shape: ImageShape, concepts: number, n: number): MetricImages {
  const [height, width, channels] = shape
  const normal = mockImages(shape, n, 1)
  const originals = mockImages(shape, n, 2)
  const changed = mockImages(shape, n, 3)
  const tall = mockImages([height + 1, width, channels], n, 4)
  const owned: tf.Tensor[] = [normal, originals, changed, tall]
  const random = stream(1, "testkit", "metric")
  const draw = (mean: number) => Float64Array.from({ length: n }, () => mean + random.uniform())
  const scores = { normal: draw(-1.5), anomaly: draw(0.5), counterfactual: draw(-0.5) }
  const bounded = (raw: Float64Array) => raw.map((score) => 1 / (1 + Math.exp(-score)))
  const phi = bounded(scores.counterfactual)
  const secondPhi = bounded(draw(-0.5))
  const seconds = Float64Array.from({ length: n }, () => 0.01 + random.uniform())
  const planes = (draw: (pixel: number) => number) => {
    const made = tf.tensor3d(
      Float32Array.from({ length: n * height * width }, (_, i) => draw(i % (height * width))),
      [n, height, width],
    )
    owned.push(made)
    return made
  }
  const maps = [1, 2, 3].map((level) => planes(() => level * random.uniform()))
  const inDefect = (pixel: number) => Math.floor(pixel / width) < height / 2 && pixel % width < width / 2
  const defects = planes((pixel) => (inDefect(pixel) ? 1 : 0))
  const none = planes(() => 0)
  const perturbed = [5, 6].map((seed) => {
    const images = mockImages(shape, n, seed)
    owned.push(images)
    return { images, phi: bounded(draw(-0.5)) }
  })
  const logits = tf.tensor2d(
    Array.from({ length: n * concepts }, () => random.uniform()),
    [n, concepts],
  )
  owned.push(logits)
  const rows = <T extends tf.Tensor>(tensor: T, start: number, end: number): T => {
    const part = tf.slice(tensor, start, end - start)
    owned.push(part)
    return part
  }
  const inputs = (source: tf.Tensor4D, start: number, end: number): MetricInput[] => [
    {
      role: "normal",
      images: rows(normal, start, end),
      scores: scores.normal.slice(start, end),
      phi: bounded(scores.normal.slice(start, end)),
      maps: rows(maps[0]!, start, end),
      masks: rows(none, start, end),
    },
    {
      role: "anomaly",
      images: rows(originals, start, end),
      scores: scores.anomaly.slice(start, end),
      phi: bounded(scores.anomaly.slice(start, end)),
      maps: rows(maps[1]!, start, end),
      masks: rows(defects, start, end),
    },
    {
      role: "counterfactual",
      images: rows(changed, start, end),
      originals: rows(source, start, end),
      scores: scores.counterfactual.slice(start, end),
      phi: phi.slice(start, end),
      alpha: Float64Array.from({ length: end - start }, (_, i) => ((start + i) % 4 === 3 ? 1 : 0)),
      concept: Int32Array.from({ length: end - start }, (_, i) => (start + i) % concepts),
      conceptLogits: rows(logits, start, end),
      // Two counterfactuals of an image, as two concepts give.
      index: Int32Array.from({ length: end - start }, (_, i) => Math.floor((start + i) / 2)),
      originalPhi: bounded(scores.anomaly.slice(start, end)),
      secondPhi: secondPhi.slice(start, end),
      seconds: seconds.slice(start, end),
      maps: rows(maps[2]!, start, end),
      originalMaps: rows(maps[1]!, start, end),
      masks: rows(defects, start, end),
      perturbed: perturbed.map(({ images, phi }) => ({
        images: rows(images, start, end),
        phi: phi.slice(start, end),
      })),
    },
  ]
  return {
    all: (start = 0, end = n) => inputs(originals, start, end),
    withTallOriginals: () => inputs(tall, 0, n),
    dispose: () => tf.dispose(owned),
  }
}
