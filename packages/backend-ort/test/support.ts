import * as tf from "@tensorflow/tfjs-core"
import type {} from "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js"
import "../src/index.js"

const bundle = new URL("../scripts/bundle-registrations.mjs", import.meta.url).href
const { bundleRegistrations } = (await import(/* @vite-ignore */ bundle)) as {
  bundleRegistrations(): Promise<string>
}
await import(/* @vite-ignore */ await bundleRegistrations())

/** Values of `run` on one backend, with the inputs made there from the same numbers. */
export async function evaluate(
  backend: "ort" | "cpu",
  run: () => tf.Tensor | tf.Tensor[],
): Promise<{ shape: number[]; dtype: string; values: number[] }[]> {
  await tf.setBackend(backend)
  const result = tf.tidy(run)
  const list = Array.isArray(result) ? result : [result]
  return list.map((tensor) => {
    const values = Array.from(tensor.dataSync())
    const { shape, dtype } = tensor
    tensor.dispose()
    return { shape, dtype, values }
  })
}

/** Largest difference, relative to the largest magnitude (at least 1); NaN must meet NaN. */
export function difference(a: readonly number[], b: readonly number[]): number {
  let worst = 0
  let scale = 1
  a.forEach((value, i) => {
    const other = b[i]!
    if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value))
    if (Object.is(value, other) || value === other) return
    worst = Math.max(
      worst,
      Number.isNaN(value) || Number.isNaN(other) ? Number.POSITIVE_INFINITY : Math.abs(value - other),
    )
  })
  return a.length === b.length ? worst / scale : Number.POSITIVE_INFINITY
}

/** Deterministic values in about [-2, 2]. */
export function numbers(shape: number[], seed = 1): tf.Tensor {
  const size = shape.reduce((product, dim) => product * dim, 1)
  let state = seed * 2654435761
  const values = Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state / 2 ** 32) * 4 - 2
  })
  return tf.tensor(values, shape)
}

export { tf }
