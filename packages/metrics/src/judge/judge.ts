import { ConfigError, DataError, ShapeError, type StoredTensor } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { hasColor, type Ink, inkOf, inkRatios, judgeColors } from "./color.js"
import { type JudgeWeights, judgeInput, judgeLogits, judgeShapes, judgeSize } from "./network.js"

/** Least confidence at which the judge counts a digit. */
export const judgeConfidence = 0.9

export interface JudgeVerdict {
  /** 0..9, undefined when the judge is less sure than 0.9. */
  readonly digit: number | undefined
  /** Softmax probability of the likeliest digit, in [0.1, 1]. */
  readonly confidence: number
  /** Degrees in [0, 360), NaN for gray or black. */
  readonly hue: number
  /** [0, 1] */
  readonly saturation: number
  /** Ink mass relative to the original's. Infinite when the original is black and the image is not, NaN when both are. */
  readonly inkRatio: number
  /**
   * Named after the default normal color, as in SemanticsRow: the ink has the judge's color (hue within 15 degrees,
   * saturation >= 0.5) and 0.5 to 2 times the original's mass.
   */
  readonly cyan: boolean
  readonly ink: Ink
}

export interface Judge {
  /** The color that `cyan` of a verdict speaks of. */
  readonly color: string
  /**
   * @param images [batch, 28, 28, 1 or 3] in [0, 1]
   * @param originals same shape, what the images were made from; default: the images themselves
   * @throws ShapeError "judge-shape", DataError "judge-nan"
   */
  judge(images: tf.Tensor4D, originals?: tf.Tensor4D): Promise<JudgeVerdict[]>
  dispose(): void
}

/**
 * The independent judge: a digit classifier trained on plain gray MNIST, and the hue of the ink. It took no part in
 * training, and it works on any backend.
 * @param weights as in models/judge/weights.safetensors
 * @param options.color name out of `judgeColors` of the normal color, default "cyan"
 * @throws ConfigError "judge-color", ShapeError "judge-weights"
 */
export function createJudge(
  weights: Readonly<Record<string, StoredTensor>>,
  options: { color?: string } = {},
): Judge {
  const color = options.color ?? "cyan"
  const target = Object.hasOwn(judgeColors, color) ? judgeColors[color] : undefined
  if (!target)
    throw new ConfigError({
      code: "judge-color",
      message: `The judge knows no color "${color}"; it knows ${Object.keys(judgeColors).join(", ")}.`,
      next: "Name one of these colors.",
    })
  const network = judgeNetwork(weights)
  return {
    color,
    async judge(images, originals = images) {
      refuseShapes(images.shape, originals.shape)
      const probabilities = tf.tidy(() => tf.softmax(judgeLogits(judgeInput(images), network)))
      const [digits, pixels, before] = await Promise.all([
        probabilities.data(),
        images.data(),
        originals === images ? undefined : originals.data(),
      ])
      probabilities.dispose()
      const size = images.size / images.shape[0]
      const channels = images.shape[3]
      const verdicts: JudgeVerdict[] = []
      for (let row = 0; row < images.shape[0]; row++) {
        const ink = inkOf(pixels.subarray(row * size, (row + 1) * size), channels)
        const mass = before ? inkOf(before.subarray(row * size, (row + 1) * size), channels).mass : ink.mass
        if (!Number.isFinite(ink.mass + mass)) refuseNaN(row)
        const inkRatio = ink.mass / mass
        const sure = digits.subarray(row * 10, row * 10 + 10)
        const confidence = Math.max(...sure)
        verdicts.push({
          digit: confidence >= judgeConfidence ? sure.indexOf(confidence) : undefined,
          confidence,
          hue: ink.hue,
          saturation: ink.saturation,
          inkRatio,
          cyan: hasColor(ink, target) && inkRatio >= inkRatios[0] && inkRatio <= inkRatios[1],
          ink,
        })
      }
      return verdicts
    },
    dispose: () => tf.dispose(network),
  }
}

/** The judge's weights as tensors, which the caller disposes. @throws ShapeError "judge-weights" */
export function judgeNetwork(weights: Readonly<Record<string, StoredTensor>>): JudgeWeights {
  for (const [name, shape] of Object.entries(judgeShapes)) {
    const found = Object.hasOwn(weights, name) ? weights[name] : undefined
    if (found?.shape.join() !== shape.join() || found.dtype !== "float32")
      throw new ShapeError({
        code: "judge-weights",
        message: `The judge's "${name}" is ${found ? `${found.dtype} [${found.shape.join(", ")}]` : "missing"}, expected float32 [${shape.join(", ")}].`,
        next: "Train the judge again: node packages/metrics/scripts/train-judge.mjs",
      })
  }
  // tf.keep: a judge that is made inside tf.tidy outlives it.
  const tensor = ([name, shape]: [string, readonly number[]]) => [
    name,
    tf.keep(tf.tensor(weights[name]!.data, [...shape], "float32")),
  ]
  return Object.fromEntries(Object.entries(judgeShapes).map(tensor)) as JudgeWeights
}

function refuseShapes(images: readonly number[], originals: readonly number[]): void {
  const [, height, width, channels] = images
  const wanted = height === judgeSize && width === judgeSize && (channels === 1 || channels === 3)
  if (wanted && images.join() === originals.join()) return
  throw new ShapeError({
    code: "judge-shape",
    message: `The judge got images [${images.join(", ")}] and originals [${originals.join(", ")}], expected the same shape [batch, 28, 28, 1 or 3] twice.`,
    next: "The judge reads MNIST digits only; leave the semantics table out for other images.",
  })
}

function refuseNaN(row: number): never {
  throw new DataError({
    code: "judge-nan",
    message: `Image ${row} of the batch, or its original, has pixels that are not finite; expected [0, 1].`,
    next: "Check the generator that made it: its weights are broken.",
  })
}
