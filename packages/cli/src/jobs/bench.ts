import {
  createDetector,
  createGenerator,
  type Experiment,
  type FitOptions,
  type ImageShape,
  type Registry,
  sectionOptions,
  stream,
  type TrainingData,
  uniforms,
} from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import type { LoadedModel } from "./model.js"

/** Left out of the median: the engine compiles, and the processor gets up to speed. */
const WARM_UP = 3
/** Batches of random images that training goes round in. */
const BATCHES = 4

/** Times of one kind of work in milliseconds. */
export interface Timing {
  readonly name: string
  /** The first time, with all that has to be compiled. */
  readonly first: number
  /** Times in the median. */
  readonly n: number
  readonly median: number
  /** The middle half lies between these. */
  readonly low: number
  readonly high: number
}

export interface BenchOptions {
  readonly registry: Registry
  readonly experiment: Experiment
  /** Times measured of each kind of work, at least 1. */
  readonly steps: number
  readonly signal: AbortSignal
  /** Told after each step or call. */
  readonly advance: () => void
}

/** Training steps of an experiment's model on random images; the model is thrown away. */
export async function timeTraining(
  part: "detector" | "generator",
  inputShape: ImageShape,
  { registry, experiment, steps, signal, advance }: BenchOptions,
): Promise<Timing> {
  const { seed } = experiment
  const { batchSize, learningRate } = experiment[part].training
  const detector = await createDetector(registry, sectionOptions(experiment.detector), { inputShape, seed })
  const generator =
    part === "generator"
      ? await createGenerator(registry, sectionOptions(experiment.generator), { detector, seed })
      : undefined
  const times: number[] = []
  let last = performance.now()
  const options: FitOptions = {
    steps: WARM_UP + steps,
    batchSize,
    learningRate,
    seed,
    signal,
    onStep() {
      const now = performance.now()
      times.push(now - last)
      last = now
      advance()
    },
  }
  try {
    await (generator ?? detector).fit(randomImages(inputShape), options)
  } finally {
    generator?.dispose()
    detector.dispose()
  }
  return timing(`${part} training step, batch ${batchSize}`, times)
}

/** phi(G(x, alpha, k)) of a batch, with upload and read back. */
export async function timeInference(
  batch: number,
  { detector, generator }: LoadedModel,
  { steps, signal, advance }: Pick<BenchOptions, "steps" | "signal" | "advance">,
): Promise<Timing> {
  const [height, width, channels] = detector.inputShape
  const pixels = uniforms(stream(1, "images"), batch * height * width * channels)
  const times: number[] = []
  while (times.length < WARM_UP + steps) {
    signal.throwIfAborted()
    const start = performance.now()
    const x = tf.tensor4d(pixels, [batch, height, width, channels])
    const alpha = tf.tensor1d(new Float32Array(batch))
    const concept = tf.tensor1d(new Int32Array(batch), "int32")
    const made = await generator.generate(x, alpha, concept)
    const raw = await detector.rawScoreBatch(made)
    const phi = tf.tidy(() => detector.bound(raw))
    await Promise.all([made.data(), phi.data()])
    tf.dispose([x, alpha, concept, made, raw, phi])
    times.push(performance.now() - start)
    advance()
  }
  return timing(`counterfactuals and their scores, batch ${batch}`, times)
}

/** Steps and calls of `steps` measured ones, for a progress display. */
export function unitsOf(steps: number): number {
  return WARM_UP + steps
}

/** @param times of all steps, the first one first */
export function timing(name: string, times: readonly number[]): Timing {
  const sorted = times.slice(WARM_UP).sort((a, b) => a - b)
  const n = sorted.length
  const median = (sorted[(n - 1) >> 1]! + sorted[n >> 1]!) / 2
  return {
    name,
    first: times[0]!,
    n,
    median,
    low: sorted[Math.floor((n - 1) / 4)]!,
    high: sorted[Math.ceil((3 * (n - 1)) / 4)]!,
  }
}

/** Half of each batch counts as outlier exposure. */
function randomImages(shape: ImageShape): TrainingData {
  const [height, width, channels] = shape
  return {
    shape,
    length: 1,
    outliers: 1,
    async *batches({ size, seed }) {
      const ready = Array.from({ length: BATCHES }, (_, i) =>
        tf.tensor4d(uniforms(stream(seed, "data", i), size * height * width * channels), [
          size,
          height,
          width,
          channels,
        ]),
      )
      const outlier = tf.tensor1d(Float32Array.from({ length: size }, (_, row) => (row < size / 2 ? 0 : 1)))
      try {
        for (let i = 0; ; i++) yield { x: ready[i % BATCHES]!, outlier }
      } finally {
        tf.dispose([...ready, outlier])
      }
    },
  }
}
