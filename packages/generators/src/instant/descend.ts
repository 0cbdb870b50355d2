import { type Detector, type ImageShape, normals, stream } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { Best } from "./best.js"
import { meanDistance, NOISE, phiOf } from "./instant.js"
import { BETA1, BETA2, compileStep, isFlat, type StepState } from "./step.js"

/** Steps without a smaller change after which a search is done. */
const PATIENCE = 15
/** The L1 weight grows while the target is met and shrinks while it is missed, by these factors, within these bounds. */
const GROW = 1.15
const SHRINK = 0.8
const MOST_L1 = 0.6
/** Different noise draws; step t uses draw t mod this, so that they are drawn once. */
const DRAWS = 16

/** How one image's search went. */
export interface Found {
  /** One per concept. */
  readonly best: readonly Best[]
  readonly steps: number
  /** What ended it. */
  readonly end: "stable" | "steps" | "seconds" | "stopped" | "flat"
  /** [K] largest entry of the gradient of L_phi at the last step; none when there was no step. */
  readonly sensitivity: readonly number[]
}

export interface SearchOptions {
  readonly concepts: number
  readonly steps: number
  readonly seconds: number
  readonly learningRate: number
  readonly l1: number
  readonly totalVariation: number
  readonly diversity: number
  readonly smooth: number
  readonly robust: boolean
  readonly tolerance: number
}

/** Searches the counterfactuals of one image by all concepts at once. */
export class Descent {
  readonly #steps = new Map<boolean, ReturnType<typeof compileStep>>()
  readonly #noise: Float32Array[]
  readonly #starts: Float32Array

  /** @param shape of the images */
  constructor(
    readonly detector: Detector,
    readonly shape: ImageShape,
    readonly options: SearchOptions,
    seed: number,
  ) {
    const size = shape[0] * shape[1] * shape[2] * options.concepts
    const draw = (name: string, i: number, scale: number) =>
      normals(stream(seed, "gradient", name, i), size).map((value) => value * scale)
    this.#noise = options.robust ? Array.from({ length: DRAWS }, (_, i) => draw("noise", i, NOISE)) : []
    // Concept 0 starts at the image, the others beside it and each other.
    this.#starts = draw("start", 0, 0.02).fill(0, 0, size / options.concepts)
  }

  /**
   * @param x the image
   * @param donors one normal image per concept to blend towards; without, every pixel is free
   */
  async search(
    x: Float32Array,
    score: number,
    alpha: number,
    donors?: readonly Float32Array[],
    signal?: AbortSignal,
  ): Promise<Found> {
    const { concepts: K, steps, seconds, learningRate, robust } = this.options
    const size = x.length
    const best = Array.from({ length: K }, () => new Best(x, score, alpha, this.options.tolerance))
    if (best[0]?.reach === "robust") return { best, steps: 0, end: "stable", sensitivity: [] }
    const step = this.#compiled(donors !== undefined)
    const [height, width, channels] = this.shape
    const fixed = {
      x: tf.tensor4d(x, [1, height, width, channels]),
      direction: donors ? this.#towards(x, donors) : tf.ones<tf.Rank.R4>([1, 1, 1, 1]),
      alpha: tf.fill([K], alpha) as tf.Tensor1D,
    }
    let state = this.#start(donors !== undefined)
    const l1 = Array<number>(K).fill(this.options.l1)
    // Concepts that found nothing under noise in half the steps go on without it.
    const calm = Array<boolean>(K).fill(false)
    // Adam's steps of each concept: the raw score and L_phi differ in scale, so that a change between them starts anew.
    const age = Array<number>(K).fill(0)
    const wasFlat = Array<boolean>(K).fill(isFlat(score))
    let sensitivity: number[] = []
    let end: Found["end"] = "steps"
    let t = 0
    const begun = performance.now()
    try {
      while (t < steps) {
        if (signal?.aborted) end = "stopped"
        else if (performance.now() - begun > 1000 * seconds) end = "seconds"
        if (end !== "steps") break
        t++
        const result = this.#advance(step, state, fixed, t, learningRate, l1, calm, age)
        tf.dispose([state.p, state.m, state.v])
        state = result
        const phi = (await result.phi.data()).slice()
        sensitivity = Array.from(await result.sensitivity.data())
        const images = (await result.images.data()) as Float32Array
        for (const [k, one] of best.entries()) {
          const image = images.subarray(k * size, (k + 1) * size)
          const met = one.offer(phi[k] as number, meanDistance(image, x), !calm[k], () => image.slice())
          l1[k] = clamp(l1[k]! * (met ? GROW : SHRINK), this.options.l1 / 10, MOST_L1)
          const flat = isFlat(phi[k] as number)
          age[k] = flat === wasFlat[k] ? (age[k] as number) + 1 : 0
          wasFlat[k] = flat
          if (robust && t > steps / 2 && one.reach === "none") calm[k] = true
        }
        tf.dispose([result.phi, result.sensitivity, result.images])
        if (best.every(({ reach, idle }) => reach !== "none" && idle > PATIENCE)) end = "stable"
        else if (
          t > 2 &&
          sensitivity.every((peak) => peak === 0) &&
          best.every(({ reach }) => reach === "none")
        )
          end = "flat"
        if (end !== "steps") break
      }
    } finally {
      tf.dispose([state.p, state.m, state.v, ...Object.values(fixed)])
    }
    const scores = await phiOf(
      best.map(({ image }) => image),
      this.detector,
    )
    for (const [k, one] of best.entries()) one.confirm(scores[k] as number)
    return { best, steps: t, end, sensitivity }
  }

  #compiled(blend: boolean) {
    const known = this.#steps.get(blend)
    if (known) return known
    const { totalVariation, diversity, smooth } = this.options
    const made = compileStep(this.detector, {
      totalVariation,
      diversity,
      smooth,
      blend,
    })
    this.#steps.set(blend, made)
    return made
  }

  #advance(
    step: ReturnType<typeof compileStep>,
    { p, m, v }: StepState,
    fixed: { x: tf.Tensor; direction: tf.Tensor; alpha: tf.Tensor },
    t: number,
    rate: number,
    l1: readonly number[],
    calm: readonly boolean[],
    age: readonly number[],
  ) {
    const K = this.options.concepts
    const [height, width, channels] = this.shape
    const noise = this.#noise[t % DRAWS]?.slice() ?? new Float32Array(this.#starts.length)
    const size = noise.length / K
    for (const [k, still] of calm.entries()) if (still) noise.fill(0, k * size, (k + 1) * size)
    const changing = [
      tf.tensor4d(noise, [K, height, width, channels]),
      tf.tensor1d([rate]),
      perConcept(age.map((steps) => 1 / (1 - BETA1 ** (steps + 1)))),
      perConcept(age.map((steps) => 1 / (1 - BETA2 ** (steps + 1)))),
      perConcept(age.map((steps) => (steps === 0 ? 0 : 1))),
      perConcept(l1),
    ]
    const result = step([p, m, v, fixed.x, fixed.direction, fixed.alpha, ...changing])
    tf.dispose(changing)
    return result
  }

  #start(blend: boolean): StepState {
    const [height, width, channels] = this.shape
    const K = this.options.concepts
    const shape: [number, number, number, number] = [K, height, width, blend ? 1 : channels]
    return {
      p: blend ? tf.zeros<tf.Rank.R4>(shape) : tf.tensor4d(this.#starts, shape),
      m: tf.zeros<tf.Rank.R4>(shape),
      v: tf.zeros<tf.Rank.R4>([K, 1, 1, 1]),
    }
  }

  #towards(x: Float32Array, donors: readonly Float32Array[]): tf.Tensor4D {
    const all = new Float32Array(donors.length * x.length)
    for (const [k, donor] of donors.entries())
      for (let i = 0; i < x.length; i++) all[k * x.length + i] = (donor[i] as number) - (x[i] as number)
    return tf.tensor4d(all, [donors.length, ...this.shape])
  }
}

const perConcept = (values: readonly number[]) => tf.tensor4d([...values], [values.length, 1, 1, 1])

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value))
