import { createHash, type Hash } from "node:crypto"
import {
  type CounterfactualGenerator,
  type Explanation,
  explain,
  type ImageSource,
  imageBatches,
  type PerturbedCounterfactuals,
  type Scores,
  scoreImages,
  subset,
} from "@ifnormal/core"
import { perturb, stabilityDefaults } from "@ifnormal/metrics"
import * as tf from "@tensorflow/tfjs-core"
import { spread } from "./gallery.js"
import {
  BATCH,
  disposeOriginals,
  type InputSource,
  type Originals,
  originalInput,
  originalsOf,
  withCounterfactuals,
} from "./inputs.js"
import type { Semantics } from "./judge.js"
import type { Limits } from "./limits.js"
import { feed, type Measure } from "./measures.js"
import type { Feed } from "./metric-list.js"

/** Images of each kind in the sweep over alpha. */
export const SWEEP_IMAGES = 200
const SWEEP = [0, 0.25, 0.5, 0.75, 1]

/** What every pass over test images needs. */
export interface Pass extends InputSource {
  readonly measures: readonly Measure[]
  readonly judge?: Semantics
  readonly limits: Limits
  /** Number of test anomalies: what normal images are numbered from. */
  readonly anomalies: number
  /** Of what is drawn on the way: the noise of perturbed originals. */
  readonly seed: number
  readonly signal: AbortSignal
  /** Told after each batch how many images were done. */
  readonly advance: (images: number) => void
}

/** Counterfactuals of one concept, [anomalies] each. */
export interface ConceptMeasured {
  readonly raw: number[]
  readonly phi: number[]
  readonly status: Explanation["counterfactuals"][number]["status"][]
}

/** Scores of test images, and what tells these images from others. */
export interface Scored extends Scores {
  /** sha256 of the pixels as float32, in order. */
  readonly sha256: string
}

/** Scores of the normal test images; metrics and judge see them on the way. */
export async function scorePass(source: ImageSource, pass: Pass): Promise<Scored> {
  const scored = emptyScores(source.length)
  const hash = createHash("sha256")
  await eachBatch("normal", source, pass, async (originals) => {
    await seeOriginals(originals, scored, hash, pass)
    pass.advance(originals.rows.length)
  })
  return { ...scored, sha256: hash.digest("hex") }
}

/** What explaining the anomalies gave. */
export interface Explained {
  readonly anomaly: Scored
  /** By concept, in the order of the anomalies. */
  readonly counterfactual: readonly ConceptMeasured[]
  /** Per batch: images and the seconds that generating, re-scoring and stamping took. */
  readonly batches: readonly { readonly images: number; readonly seconds: number }[]
}

/** Scores the anomalies and explains them towards alpha = 0; metrics and judge see both. */
export async function explainPass(source: ImageSource, pass: Pass): Promise<Explained> {
  const { model, limits } = pass
  const scored = emptyScores(source.length)
  const hash = createHash("sha256")
  const counterfactual = Array.from(
    { length: model.generator.concepts },
    (): ConceptMeasured => ({ raw: [], phi: [], status: [] }),
  )
  const batches: { images: number; seconds: number }[] = []
  await eachBatch("anomaly", source, pass, async (originals) => {
    const { images, rows } = originals
    await seeOriginals(originals, scored, hash, pass)
    const began = performance.now()
    const explanations = await explain(images, model, { ...limits, alpha: 0, batchSize: BATCH })
    const seconds = (performance.now() - began) / 1000
    batches.push({ images: rows.length, seconds })
    const each = seconds / (rows.length * counterfactual.length)
    for (const [concept, measured] of counterfactual.entries())
      await measureConcept(concept, explanations, originals, each, measured, pass)
    pass.advance(rows.length)
  })
  return { anomaly: { ...scored, sha256: hash.digest("hex") }, counterfactual, batches }
}

async function eachBatch(
  role: Originals["role"],
  source: ImageSource,
  pass: Pass,
  use: (originals: Originals) => Promise<void>,
  rows: readonly number[] = Array.from({ length: source.length }, (_, row) => row),
): Promise<void> {
  let done = 0
  for await (const images of imageBatches(subset(source, rows), BATCH)) {
    pass.signal.throwIfAborted()
    const own = rows.slice(done, done + images.shape[0])
    done += own.length
    const originals = await originalsOf(role, images, own, pass.anomalies, pass)
    try {
      await use(originals)
    } finally {
      disposeOriginals(originals)
    }
  }
}

async function seeOriginals(
  originals: Originals,
  scored: Scores,
  hash: Hash,
  { measures, judge }: Pass,
): Promise<void> {
  const { role, images, rows, scores } = originals
  scored.raw.set(scores.raw, rows[0]!)
  scored.phi.set(scores.phi, rows[0]!)
  const pixels = (await images.data()) as Float32Array
  hash.update(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength))
  await feed("all", measures, originalInput(originals))
  await judge?.original(role, images)
}

async function measureConcept(
  concept: number,
  explanations: readonly Explanation[],
  originals: Originals,
  seconds: number,
  measured: ConceptMeasured,
  pass: Pass,
): Promise<void> {
  const made = explanations.map(({ counterfactuals }) => counterfactuals[concept]!)
  const images = stack(
    made.map(({ image }) => image.data),
    originals.images.shape,
  )
  measured.status.push(...made.map(({ status }) => status))
  const counterfactuals = {
    images,
    concept,
    alpha: new Float64Array(made.length),
    seconds: new Float64Array(made.length).fill(seconds),
  }
  try {
    await withCounterfactuals(originals, counterfactuals, pass, async (input) => {
      measured.raw.push(...input.scores)
      measured.phi.push(...input.phi)
      await feed("counterfactuals", pass.measures, input)
      await pass.judge?.counterfactual(concept, images, originals.images)
    })
  } finally {
    images.dispose()
  }
}

function emptyScores(n: number): Scores {
  return { raw: new Float64Array(n), phi: new Float64Array(n) }
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

/**
 * What takes more than one call of the generator for an image, on up to 200 anomalies and 200 normal images, evenly
 * spread: metrics of the sweep see alpha = 0, .25, .5, .75, 1, those of the identity see alpha = phi(x), those of perturbed
 * originals see alpha = 0 of anomalies. What no metric asks for is left out.
 */
export async function sweepPass(anomalies: ImageSource, normal: ImageSource, pass: Pass): Promise<void> {
  const wanted = (kind: Feed) => pass.measures.some(({ feed }) => feed === kind)
  for (const [role, source] of [["anomaly", anomalies] as const, ["normal", normal] as const])
    await eachBatch(
      role,
      source,
      pass,
      async (originals) => {
        const { phi } = originals.scores
        for (let concept = 0; concept < pass.model.generator.concepts; concept++) {
          const alphas = wanted("sweep") ? SWEEP.map((alpha) => phi.map(() => alpha)) : []
          for (const alpha of alphas) await feedGenerated("sweep", originals, alpha, concept, pass)
          if (wanted("identity")) await feedGenerated("identity", originals, phi, concept, pass)
          if (wanted("perturbed") && role === "anomaly") await feedPerturbed(originals, concept, pass)
        }
        pass.advance(originals.rows.length)
      },
      spread(source.length, SWEEP_IMAGES),
    )
}

async function feedGenerated(
  kind: Feed,
  originals: Originals,
  alpha: Float64Array,
  concept: number,
  pass: Pass,
): Promise<void> {
  const images = await generate(originals.images, alpha, concept, pass.model.generator)
  try {
    await withCounterfactuals(originals, { images, alpha, concept }, pass, (input) =>
      feed(kind, pass.measures, input),
    )
  } finally {
    if (images !== originals.images) images.dispose()
  }
}

/** Counterfactuals at alpha = 0 with those of slightly changed originals beside them. */
async function feedPerturbed(originals: Originals, concept: number, pass: Pass): Promise<void> {
  const { model } = pass
  const alpha = new Float64Array(originals.rows.length)
  const made = await generate(originals.images, alpha, concept, model.generator)
  const perturbed: PerturbedCounterfactuals[] = []
  try {
    for (let copy = 0; copy < stabilityDefaults.copies; copy++) {
      const changed = perturb(originals.images, pass.seed, copy, originals.index[0]!)
      const images = await generate(changed, alpha, concept, model.generator)
      if (images !== changed) changed.dispose()
      perturbed.push({ images, phi: (await scoreImages(images, model.detector, BATCH)).phi })
    }
    await withCounterfactuals(originals, { images: made, alpha, concept }, pass, (input) =>
      feed("perturbed", pass.measures, { ...input, perturbed }),
    )
  } finally {
    for (const { images } of perturbed) images.dispose()
    if (made !== originals.images) made.dispose()
  }
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
