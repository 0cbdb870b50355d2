import type { CounterfactualGenerator, GeneratedBatch } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import { demand, demandNoLeak, take } from "./check.js"
import type { GeneratorWork } from "./generator-checks.js"

/** Checks of `generateAll`. A generator without it passes. */
export function jointChecks(check: (n: number, work: GeneratorWork) => () => Promise<void>) {
  return {
    "generateAll gives one batch for each concept": check(3, async (model, x) => {
      if (!model.generateAll) return
      await demandBatches(model, x)
      await demandNoLeak("One call of generateAll", async () => {
        for (const { images } of await all(model, x)) images.dispose()
      })
    }),
    "generateAll gives what it has when it is stopped": check(3, async (model, x) => {
      if (model.generateAll) await demandBatches(model, x, AbortSignal.abort())
    }),
  }
}

/** Every concept, the last first, at alpha = 0. */
async function all(
  model: CounterfactualGenerator,
  x: tf.Tensor4D,
  signal?: AbortSignal,
): Promise<readonly GeneratedBatch[]> {
  const concepts = Array.from({ length: model.concepts }, (_, i) => model.concepts - 1 - i)
  const alpha = tf.zeros<tf.Rank.R1>([x.shape[0]])
  try {
    return await model.generateAll!(x, alpha, concepts, signal)
  } finally {
    alpha.dispose()
  }
}

async function demandBatches(
  model: CounterfactualGenerator,
  x: tf.Tensor4D,
  signal?: AbortSignal,
): Promise<void> {
  const batches = await all(model, x, signal)
  const [n] = x.shape
  const wrong: string[] = []
  if (batches.length !== model.concepts) wrong.push(`${batches.length} batches`)
  for (const { images, notes } of batches) {
    const { shape } = images
    const values = await take(images)
    const [low, high] = [Math.min(...values), Math.max(...values)]
    if (shape.join() !== x.shape.join() || !(low >= 0 && high <= 1))
      wrong.push(`images of [${shape.join(", ")}] from ${low} to ${high}`)
    if (notes && notes.length !== n) wrong.push(`${notes.length} notes`)
  }
  demand(
    wrong.length === 0,
    `generateAll of ${n} images and ${model.concepts} concepts gives ${wrong.join("; ")}; expected ${model.concepts} batches of [${x.shape.join(", ")}] in [0, 1], with ${n} notes or none.`,
    "Return one batch for each of `concepts`, in their order, also when the signal has stopped the search.",
  )
}
