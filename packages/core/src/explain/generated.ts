import * as tf from "@tensorflow/tfjs-core"
import type { Detector } from "../contract/detector.js"
import { PluginError } from "../contract/errors.js"
import type { CounterfactualGenerator, GeneratedBatch } from "../contract/generator.js"
import type { Image } from "../contract/images.js"
import type { Bucket } from "./bucket.js"
import { split } from "./images.js"
import { checkShape } from "./input.js"
import { scoreBatch } from "./score.js"

/** Counterfactuals of a bucket's images by one concept for one target, read back. */
export interface Generated {
  readonly alpha: number
  readonly concept: number
  /** [n] */
  readonly made: readonly Image[]
  /** [n] phi, re-scored. */
  readonly scores: Float64Array
  readonly notes: GeneratedBatch["notes"]
}

interface Wanted {
  readonly alphas: readonly number[]
  readonly concepts: readonly number[]
  readonly signal?: AbortSignal | undefined
}

type Pair = { readonly detector: Detector; readonly generator: CounterfactualGenerator }

/** By concept, then by target: all concepts of a target in one call where the generator has `generateAll`. */
export async function* generated(
  bucket: Bucket,
  model: Pair,
  wanted: Wanted,
  progress: (concepts?: number) => void,
): AsyncGenerator<Generated> {
  if (model.generator.generateAll) yield* searched(bucket, model, wanted, progress)
  else
    for (const concept of wanted.concepts)
      for (const alpha of wanted.alphas) {
        const images = await generateOne(bucket.x, model.generator, alpha, concept)
        yield await readBack({ images }, bucket, model, alpha, concept)
        progress()
      }
}

/** A search costs its time image by image: rows that only pad the bucket are left out. */
async function* searched(
  { x, n }: Bucket,
  model: Pair,
  wanted: Wanted,
  progress: (concepts?: number) => void,
) {
  const rows = n === x.shape[0] ? x : tf.slice(x, 0, n)
  const found: Generated[] = []
  try {
    for (const alpha of wanted.alphas) {
      const alphas = tf.fill([n], alpha) as tf.Tensor1D
      let batches: readonly GeneratedBatch[] = []
      try {
        batches = (await model.generator.generateAll?.(rows, alphas, wanted.concepts, wanted.signal)) ?? []
        refuseCount(batches.length, wanted.concepts.length)
        for (const [k, concept] of wanted.concepts.entries())
          found.push(await readBack(batches[k] as GeneratedBatch, { x: rows, n }, model, alpha, concept))
      } finally {
        alphas.dispose()
        for (const { images } of batches) if (images !== rows) images.dispose()
      }
      progress(wanted.concepts.length)
    }
  } finally {
    if (rows !== x) rows.dispose()
  }
  for (const concept of wanted.concepts) yield* found.filter((one) => one.concept === concept)
}

async function generateOne(
  x: tf.Tensor4D,
  generator: CounterfactualGenerator,
  alpha: number,
  concept: number,
) {
  const alphas = tf.fill([x.shape[0]], alpha) as tf.Tensor1D
  const concepts = tf.fill([x.shape[0]], concept, "int32") as tf.Tensor1D
  try {
    return await generator.generate(x, alphas, concepts)
  } finally {
    alphas.dispose()
    concepts.dispose()
  }
}

/** Scores, reads and frees what a generator made. */
async function readBack(
  { images, notes }: GeneratedBatch,
  { x, n }: Bucket,
  { detector, generator }: Pair,
  alpha: number,
  concept: number,
): Promise<Generated> {
  try {
    checkShape(images, generator.inputShape, "The detector behind the generator")
    const { phi } = await scoreBatch(images, detector, n)
    const made = split(Float32Array.from(await images.data()), generator.inputShape, n)
    return { alpha, concept, made, scores: phi, notes }
  } finally {
    // A generator may return its input as it is; the input is not ours to free here.
    if (images !== x) images.dispose()
  }
}

function refuseCount(found: number, expected: number): void {
  if (found === expected) return
  throw new PluginError({
    code: "generator-count",
    message: `generateAll returned ${found} batches, expected one per concept, ${expected}.`,
    next: "Return a batch for each number in `concepts`, in their order.",
  })
}
