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
 * Normal images score about -1, anomalies about 1, their counterfactuals between; every fourth has alpha = 1. Two
 * neighbors are counterfactuals of one image. Everything that the contract lets a program feed is there.
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
  const bounded = (raw: Float64Array) => raw.map((value) => 1 / (1 + Math.exp(-value)))
  const phi = bounded(scores.counterfactual)
  const phiOfOriginals = bounded(scores.anomaly)
  const secondPhi = bounded(draw(-0.5))
  const seconds = draw(0)
  const plane = (fill: () => number) =>
    tf.tensor3d(Float32Array.from({ length: n * height * width }, fill), [n, height, width])
  const maps = { normal: plane(random.uniform), original: plane(random.uniform), made: plane(random.uniform) }
  const masks = plane(() => random.int(2))
  const clean = tf.zeros<tf.Rank.R3>([n, height, width])
  const moved = mockImages(shape, n, 5)
  const logits = tf.tensor2d(
    Array.from({ length: n * concepts }, () => random.uniform()),
    [n, concepts],
  )
  owned.push(logits, ...Object.values(maps), masks, clean, moved)
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
      phi: bounded(scores.normal).slice(start, end),
      maps: rows(maps.normal, start, end),
      masks: rows(clean, start, end),
    },
    {
      role: "anomaly",
      images: rows(originals, start, end),
      scores: scores.anomaly.slice(start, end),
      phi: phiOfOriginals.slice(start, end),
      maps: rows(maps.original, start, end),
      masks: rows(masks, start, end),
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
      index: Int32Array.from({ length: end - start }, (_, i) => Math.floor((start + i) / 2)),
      originalPhi: phiOfOriginals.slice(start, end),
      secondPhi: secondPhi.slice(start, end),
      seconds: seconds.slice(start, end),
      maps: rows(maps.made, start, end),
      originalMaps: rows(maps.original, start, end),
      masks: rows(masks, start, end),
      perturbed: [{ images: rows(moved, start, end), phi: secondPhi.slice(start, end) }],
    },
  ]
  return {
    all: (start = 0, end = n) => inputs(originals, start, end),
    withTallOriginals: () => inputs(tall, 0, n),
    dispose: () => tf.dispose(owned),
  }
}
