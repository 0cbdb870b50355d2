import type { CounterfactualGenerator, Detector, ModelContext, Plugin } from "@ifnormal/core"
import * as tf from "@tensorflow/tfjs-core"
import {
  type Check,
  demand,
  demandNoLeak,
  demandShapeError,
  firstDifference,
  makeChecks,
  take,
} from "./check.js"
import { jointChecks } from "./joint-checks.js"
import { CentroidDetector, mockImages } from "./mocks.js"
import { bytesOf, type CheckOptions, fitBriefly, modelChecks, using } from "./model-checks.js"

/** What a check does with a new generator, images and the detector that the generator was made for. */
export type GeneratorWork = (
  model: CounterfactualGenerator,
  x: tf.Tensor4D,
  detector: Detector,
) => Promise<void>

/** Options of `generatorChecks`. */
export interface GeneratorCheckOptions extends CheckOptions {
  /** The frozen detector of an input shape, default the mock CentroidDetector. The checks dispose it. */
  readonly detector?: (inputShape: readonly [number, number, number]) => Detector | Promise<Detector>
}

/**
 * What the contract promises of a generator, as named checks. They use the tfjs backend that is set. A
 * generator without `conceptLogits` or `generateAll` passes the checks about them without being asked.
 * @param type name of the generator in `plugin.generators`
 * @throws CheckError "check-failed" when the plugin has no such generator, "check-unknown" for an unknown expected failure
 */
export function generatorChecks(plugin: Plugin, type: string, options: GeneratorCheckOptions = {}): Check[] {
  const entry = plugin.generators?.[type]
  demand(
    entry !== undefined,
    `${plugin.name} has no generator "${type}".`,
    "Name a key of plugin.generators.",
  )
  const shape = options.inputShape ?? ([28, 28, 3] as const)
  /** Runs `work` with a detector of its own. */
  async function withDetector<T>(work: (detector: Detector) => Promise<T>): Promise<T> {
    return using(Promise.resolve(options.detector?.(shape) ?? new CentroidDetector(shape)), work)
  }
  const create = async (detector: Detector, context: ModelContext = options.context ?? {}) =>
    entry.create(entry.options.parse(options.options ?? {}), { ...context, detector, seed: 1 })
  /** A check with a new detector, a new generator and n images. */
  const check = (n: number, work: GeneratorWork) => () =>
    withDetector((detector) =>
      using(create(detector), async (model) => {
        const x = mockImages(shape, n)
        try {
          await work(model, x, detector)
        } finally {
          x.dispose()
        }
      }),
    )

  /** Image i at alpha i / (n - 1) by concept i mod K, from 0 on if there is one image. */
  const targets = (model: CounterfactualGenerator, n: number, first = 0, of = n) => ({
    alpha: tf.tensor1d(Array.from({ length: n }, (_, i) => (first + i) / Math.max(1, of - 1))),
    concept: tf.tensor1d(
      Array.from({ length: n }, (_, i) => (first + i) % model.concepts),
      "int32",
    ),
  })
  async function generate(model: CounterfactualGenerator, x: tf.Tensor4D, first = 0, of = x.shape[0]) {
    const { alpha, concept } = targets(model, x.shape[0], first, of)
    try {
      return await model.generate(x, alpha, concept)
    } finally {
      tf.dispose([alpha, concept])
    }
  }
  const output = async (model: CounterfactualGenerator) => {
    const x = mockImages(shape, 4)
    const images = await take(await generate(model, x))
    x.dispose()
    return images
  }

  const checks: Record<string, () => Promise<void>> = {
    "counterfactuals have the images' shape and lie in [0, 1]": check(4, async (model, x) => {
      demand(
        Number.isInteger(model.concepts) && model.concepts >= 1 && model.inputShape.join() === shape.join(),
        `concepts is ${model.concepts}, inputShape [${model.inputShape.join(", ")}]; expected at least 1 and [${shape.join(", ")}].`,
        "Take inputShape from the context's detector.",
      )
      const made = await generate(model, x)
      const found = made.shape
      const values = await take(made)
      const [low, high] = [Math.min(...values), Math.max(...values)]
      demand(
        found.join() === x.shape.join() && low >= 0 && high <= 1,
        `Counterfactuals of [${x.shape.join(", ")}] have shape [${found.join(", ")}] and values from ${low} to ${high}; expected the same shape, [0, 1].`,
        "Let the last layer end in [0, 1].",
      )
    }),
    "an image's counterfactual does not depend on its batch": check(4, async (model, x) => {
      const together = await take(await generate(model, x))
      const size = together.length / 4
      for (let i = 0; i < 4; i++) {
        const one = tf.slice(x, i, 1)
        const alone = await take(await generate(model, one, i, 4))
        one.dispose()
        const difference = firstDifference(together.subarray(i * size, (i + 1) * size), alone, 1e-4)
        demand(
          difference === undefined,
          `Image ${i} in a batch of 4 and alone: ${difference}.`,
          "Use running statistics in generate, never those of the batch.",
        )
      }
    }),
    "concept logits have shape [batch, K]": check(4, async (model, x) => {
      if (!model.conceptLogits) return
      const logits = model.conceptLogits(x, x)
      const found = logits.shape.join()
      const values = await take(logits)
      demand(
        found === `4,${model.concepts}` && values.every(Number.isFinite),
        `conceptLogits of 4 images and ${model.concepts} concepts have shape [${found}], values ${values}.`,
        "Return one finite logit per image and concept.",
      )
    }),
    ...jointChecks(check),
    "training leaves the detector as it is": check(1, async (model, _, detector) => {
      const before = await bytesOf(detector)
      await fitBriefly(model, shape, options)
      demand(
        firstDifference(before, await bytesOf(detector)) === undefined,
        "The detector's weights changed while the generator was trained.",
        "Optimize the generator's own variables only.",
      )
    }),
    "tensor count is flat over many calls": check(2, async (model, x) => {
      tf.dispose(await generate(model, x))
      const calls = options.calls ?? 200
      await demandNoLeak(`${calls} calls of generate`, async () => {
        for (let i = 0; i < calls; i++) tf.dispose(await generate(model, x))
      })
    }),
    "does not change its input": check(2, async (model, x) => {
      const before = (await x.data()).slice()
      await take(await generate(model, x))
      demand(!x.isDisposed, "generate disposes its input.", "Leave the images to their owner.")
      const difference = firstDifference(before, await x.data())
      demand(difference === undefined, `After generate, ${difference}.`, "Work on a copy.")
    }),
    "takes a batch of one": check(1, async (model, x) => {
      const made = await generate(model, x)
      const found = made.shape.join()
      made.dispose()
      demand(found === x.shape.join(), `One image gives shape [${found}].`, "Keep the batch axis.")
    }),
    "an error on a wrong shape names both shapes": check(1, (model) =>
      demandShapeError(shape, (x) => generate(model, x)),
    ),
    ...modelChecks(
      (work) => withDetector((detector) => work((context) => create(detector, context))),
      output,
      shape,
      options,
    ),
  }
  return makeChecks(checks, options.expectedFailures)
}
