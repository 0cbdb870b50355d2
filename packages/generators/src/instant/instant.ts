import { ConfigError, type Detector } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"

/**
 * Standard deviation of the noise on the copy that must reach the target: a little more than core's test for fragility
 * adds. Our choice: at 0.015 a PatchCore-like detector of 128-pixel photographs scores real normal images anomalous.
 */
export const NOISE = 0.01

/** @throws ConfigError "detector-gradients" when the detector has none */
export function requireGradients(detector: Detector): void {
  if (detector.gradients === "exact") return
  throw new ConfigError({
    code: "detector-gradients",
    message: 'Generator "gradient" needs a detector with gradients "exact"; this one has "none".',
    next: 'Use the generator "nearest" or "search", which need scores only.',
  })
}

/** [n] float tensor to numbers. */
export async function numbersOf(tensor: tf.Tensor): Promise<number[]> {
  return Array.from(await tensor.data())
}

/** Each image's values, copied. */
export async function rowsOf(images: tf.Tensor4D): Promise<Float32Array[]> {
  const values = (await images.data()) as Float32Array
  const n = images.shape[0]
  const size = values.length / Math.max(1, n)
  return Array.from({ length: n }, (_, i) => values.slice(i * size, (i + 1) * size))
}

/** Images of one shape as a batch. */
export function batchOf(
  images: readonly Float32Array[],
  shape: readonly [number, number, number],
): tf.Tensor4D {
  const size = shape[0] * shape[1] * shape[2]
  const all = new Float32Array(images.length * size)
  for (const [i, image] of images.entries()) all.set(image, i * size)
  return tf.tensor4d(all, [images.length, ...shape])
}

/** phi of images, through `rawScoreBatch`, one batch. */
export async function phiOf(images: readonly Float32Array[], detector: Detector): Promise<number[]> {
  const x = batchOf(images, detector.inputShape)
  const raw = await detector.rawScoreBatch(x)
  const phi = detector.bound(raw)
  try {
    return await numbersOf(phi)
  } finally {
    tf.dispose([x, raw, phi])
  }
}

/** @returns the error of a generator that has no normal images */
export function noNormals(generator: string): ConfigError {
  return new ConfigError({
    code: "generator-normals",
    message: `Generator "${generator}" has no normal images, expected at least one.`,
    next: "Call fit with normal images first, or load a checkpoint of a fitted generator.",
  })
}

/** Mean absolute difference. */
export function meanDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number))
  return sum / a.length
}
