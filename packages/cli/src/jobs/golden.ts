import {
  EngineError,
  type Session,
  type SessionRunner,
  type SessionTensor,
  stream,
  uniforms,
} from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import type { Exportable } from "./export.js"

/** Batch sizes that a file is checked at: one, odd, and what the engine itself uses. */
export const GOLDEN_BATCHES = [1, 3, 64] as const
/** Largest difference to the engine, relative to values above 1. */
export const GOLDEN_BAR = 1e-4

/** Largest difference by engine, such as "onnxruntime-web". */
export type Differences = Readonly<Record<string, number>>

interface Golden {
  readonly feeds: Record<string, SessionTensor>
  readonly results: Record<string, Float32Array>
}

/**
 * Runs a file on each runner and compares with the engine, which computes the same function by its own path.
 * @param concepts numbers that int32 inputs are drawn from, 0..concepts-1
 * @param onRun called after each run
 * @throws EngineError "export-differs" above `GOLDEN_BAR`, SessionError when a runner refuses the file
 */
export async function goldenDifferences(
  exported: Exportable,
  bytes: Uint8Array,
  concepts: number,
  runners: readonly SessionRunner[],
  onRun: () => void,
): Promise<Differences> {
  const golden: Golden[] = []
  for (const batch of GOLDEN_BATCHES) golden.push(await goldenBatch(exported, batch, concepts))
  const differences: Record<string, number> = {}
  for (const runner of runners) {
    const session = await runner.load(bytes)
    try {
      let worst = 0
      for (const { feeds, results } of golden) {
        worst = Math.max(worst, await difference(session, feeds, results))
        onRun()
      }
      differences[runner.engine] = worst
    } finally {
      await session.dispose()
    }
  }
  for (const [engine, worst] of Object.entries(differences))
    if (!(worst <= GOLDEN_BAR))
      throw new EngineError({
        code: "export-differs",
        message: `The ${exported.part}'s file gives other values than the engine: up to ${worst.toExponential(1)} on ${engine}, expected at most ${GOLDEN_BAR}.`,
        next: "Nothing was written. A model whose result depends on chance or on other images has no file; otherwise report this.",
      })
  return differences
}

/** Seeded images of falling contrast, so that dark and flat ones are among them; alpha and concepts mixed. */
async function goldenBatch({ inputs, run }: Exportable, batch: number, concepts: number): Promise<Golden> {
  const feeds: Record<string, SessionTensor> = {}
  const tensors: Record<string, tf.Tensor> = {}
  for (const [name, { dtype, shape }] of Object.entries(inputs)) {
    const dims = [batch, ...shape]
    const size = dims.reduce((product, dim) => product * dim, 1)
    const drawn = uniforms(stream(batch, name), size)
    if (dtype === "int32") {
      const data = Int32Array.from(drawn, (u) => Math.floor(u * concepts))
      feeds[name] = { dtype, dims, data }
      tensors[name] = tf.tensor(data, dims, dtype)
    } else {
      const each = size / batch
      const data = drawn.map((u, i) => (each === 1 ? u : u * (1 - Math.floor(i / each) / batch)))
      feeds[name] = { dtype, dims, data }
      tensors[name] = tf.tensor(data, dims, dtype)
    }
  }
  const outputs = await run(tensors)
  const results: Record<string, Float32Array> = {}
  for (const [name, tensor] of Object.entries(outputs)) results[name] = (await tensor.data()) as Float32Array
  tf.dispose([tensors, outputs])
  return { feeds, results }
}

async function difference(
  session: Session,
  feeds: Golden["feeds"],
  results: Golden["results"],
): Promise<number> {
  const found = await session.run(feeds)
  let worst = 0
  for (const [name, expected] of Object.entries(results)) {
    const { data } = found[name] as { data: Float32Array }
    if (data.length !== expected.length) return Number.NaN
    expected.forEach((value, i) => {
      // NaN stays NaN in Math.max, and fails the bar.
      worst = Math.max(worst, Math.abs(data[i]! - value) / Math.max(1, Math.abs(value)))
    })
  }
  return worst
}
