import {
  type CounterfactualGenerator,
  type Detector,
  type Explanation,
  explain,
  type ImageSource,
  imageBatches,
  type MetricInput,
  type Scores,
  scoreImages,
  subset,
} from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { spread } from "./gallery.js"
import type { Semantics } from "./judge.js"
import type { Limits } from "./limits.js"
import type { Feed, Measure } from "./measures.js"
import type { LoadedModel } from "./model.js"

const BATCH = 128
/** Images of each kind in the sweep over alpha. */
export const SWEEP_IMAGES = 200
const SWEEP = [0, 0.25, 0.5, 0.75, 1]

/** What every pass over test images needs. */
export interface Pass {
  readonly model: LoadedModel
  readonly measures: readonly Measure[]
  readonly judge?: Semantics
  readonly limits: Limits
  /** A detector of another seed. */
  readonly second?: Detector
  readonly signal: AbortSignal
  /** Told after each batch how many images were done. */
  readonly advance: (images: number) => void
}

/** Counterfactuals of one concept, [anomalies] each. */
export interface ConceptMeasured {
  readonly raw: number[]
  readonly phi: number[]
  readonly distance: number[]
  readonly status: Explanation["counterfactuals"][number]["status"][]
  /** phi of the second detector, empty without one. */
  readonly second: number[]
}

/** Scores of the normal test images; metrics and judge see them on the way. */
export async function scorePass(source: ImageSource, pass: Pass): Promise<Scores> {
  const scores: Scores = { raw: new Float64Array(source.length), phi: new Float64Array(source.length) }
  let done = 0
  for await (const images of imageBatches(source, BATCH)) {
    pass.signal.throwIfAborted()
    await scoreBatch(images, "normal", scores, done, pass)
    done += images.shape[0]
    pass.advance(images.shape[0])
  }
  return scores
}

async function scoreBatch(
  images: tf.Tensor4D,
  role: "normal" | "anomaly",
  scores: Scores,
  start: number,
  { model, measures, judge }: Pass,
): Promise<void> {
  const { raw, phi } = await scoreImages(images, model.detector, BATCH)
  scores.raw.set(raw, start)
  scores.phi.set(phi, start)
  for (const { metric } of measures) await metric.update({ role, images, scores: raw })
  await judge?.original(role, images)
}

/** What explaining the anomalies gave. */
export interface Explained {
  readonly anomaly: Scores
  /** By concept, in the order of the anomalies. */
  readonly counterfactual: readonly ConceptMeasured[]
  /** Seconds that generating, re-scoring and stamping took. */
  readonly explainSeconds: number
}

/** Scores the anomalies and explains them towards alpha = 0; metrics and judge see both. */
export async function explainPass(source: ImageSource, pass: Pass): Promise<Explained> {
  const { model, limits } = pass
  const anomaly: Scores = { raw: new Float64Array(source.length), phi: new Float64Array(source.length) }
  const counterfactual = Array.from({ length: model.generator.concepts }, () => emptyConcept())
  let explainMs = 0
  let done = 0
  for await (const images of imageBatches(source, BATCH)) {
    pass.signal.throwIfAborted()
    const n = images.shape[0]
    await scoreBatch(images, "anomaly", anomaly, done, pass)
    const began = performance.now()
    const explanations = await explain(images, model, { ...limits, alpha: 0, batchSize: BATCH })
    explainMs += performance.now() - began
    for (const [concept, measured] of counterfactual.entries())
      await measureConcept(concept, explanations, images, measured, pass)
    done += n
    pass.advance(n)
  }
  return { anomaly, counterfactual, explainSeconds: explainMs / 1000 }
}

function emptyConcept(): ConceptMeasured {
  return { raw: [], phi: [], distance: [], status: [], second: [] }
}

async function measureConcept(
  concept: number,
  explanations: readonly Explanation[],
  originals: tf.Tensor4D,
  measured: ConceptMeasured,
  { model, measures, judge, second }: Pass,
): Promise<void> {
  const made = explanations.map(({ counterfactuals }) => counterfactuals[concept]!)
  const images = stack(
    made.map(({ image }) => image.data),
    originals.shape,
  )
  const { raw, phi } = await scoreImages(images, model.detector, BATCH)
  measured.raw.push(...raw)
  measured.phi.push(...phi)
  measured.distance.push(...made.map(({ distance }) => distance))
  measured.status.push(...made.map(({ status }) => status))
  if (second) measured.second.push(...(await scoreImages(images, second, BATCH)).phi)
  const conceptLogits = model.generator.conceptLogits
    ? tf.tidy(() => model.generator.conceptLogits!(originals, images))
    : undefined
  await feed("counterfactuals", measures, {
    images,
    scores: raw,
    phi,
    originals,
    alpha: new Float64Array(made.length),
    concept: new Int32Array(made.length).fill(concept),
    ...(conceptLogits && { conceptLogits }),
  })
  await judge?.counterfactual(concept, images, originals)
  conceptLogits?.dispose()
  images.dispose()
}

function stack(
  images: readonly Float32Array[],
  shape: readonly [number, number, number, number],
): tf.Tensor4D {
  const size = images[0]?.length ?? 0
  const data = new Float32Array(images.length * size)
  for (const [i, image] of images.entries()) data.set(image, i * size)
  return tf.tensor4d(data, [images.length, shape[1], shape[2], shape[3]])
}

type Fed = Omit<Extract<MetricInput, { role: "counterfactual" }>, "role">

async function feed(kind: Feed, measures: readonly Measure[], input: Fed): Promise<void> {
  for (const { metric, feed } of measures)
    if (feed === kind) await metric.update({ role: "counterfactual", ...input })
}

/**
 * What holds for every alpha, on up to 200 anomalies and 200 normal images, evenly spread: metrics of the sweep see
 * alpha = 0, .25, .5, .75, 1, those of the identity see alpha = phi(x).
 */
export async function sweepPass(anomalies: ImageSource, normal: ImageSource, pass: Pass): Promise<void> {
  for (const source of [anomalies, normal])
    for await (const images of imageBatches(subset(source, spread(source.length, SWEEP_IMAGES)), BATCH)) {
      pass.signal.throwIfAborted()
      const { phi } = await scoreImages(images, pass.model.detector, BATCH)
      for (let concept = 0; concept < pass.model.generator.concepts; concept++) {
        for (const alpha of SWEEP)
          await feedGenerated(
            "sweep",
            images,
            phi.map(() => alpha),
            concept,
            pass,
          )
        await feedGenerated("identity", images, phi, concept, pass)
      }
      pass.advance(images.shape[0])
    }
}

async function feedGenerated(
  kind: Feed,
  originals: tf.Tensor4D,
  alpha: Float64Array,
  concept: number,
  { model, measures }: Pass,
): Promise<void> {
  const images = await generate(originals, alpha, concept, model.generator)
  const { raw, phi } = await scoreImages(images, model.detector, BATCH)
  const concepts = new Int32Array(alpha.length).fill(concept)
  await feed(kind, measures, { images, scores: raw, phi, originals, alpha, concept: concepts })
  if (images !== originals) images.dispose()
}

/** G(x, alpha, k) for one concept. */
export async function generate(
  images: tf.Tensor4D,
  alphas: Float64Array,
  concept: number,
  generator: CounterfactualGenerator,
): Promise<tf.Tensor4D> {
  const alpha = tf.tensor1d(Float32Array.from(alphas), "float32")
  const concepts = tf.tensor1d(new Int32Array(alphas.length).fill(concept), "int32")
  try {
    return await generator.generate(images, alpha, concepts)
  } finally {
    alpha.dispose()
    concepts.dispose()
  }
}
