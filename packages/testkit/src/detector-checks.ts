import type { Detector, ModelContext, Plugin } from "@ifnormal/core"
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
import { gradientCheck } from "./gradient-check.js"
import { mapChecks } from "./map-checks.js"
import { mockImages } from "./mocks.js"
import { type CheckOptions, modelChecks, using } from "./model-checks.js"

/**
 * What the contract promises of a detector, as named checks. They use the tfjs backend that is set.
 * A detector with gradients "none" passes the checks about gradients without being asked, and one without `features` or
 * `anomalyMap` those about them.
 * @param type name of the detector in `plugin.detectors`
 * @throws CheckError "check-failed" when the plugin has no such detector, "check-unknown" for an unknown expected failure
 */
export function detectorChecks(plugin: Plugin, type: string, options: CheckOptions = {}): Check[] {
  const entry = plugin.detectors?.[type]
  demand(entry !== undefined, `${plugin.name} has no detector "${type}".`, "Name a key of plugin.detectors.")
  const shape = options.inputShape ?? ([28, 28, 3] as const)
  const make = async (context: ModelContext = options.context ?? {}) =>
    entry.create(entry.options.parse(options.options ?? {}), { ...context, inputShape: shape, seed: 1 })
  /** Runs `work` on n images and frees them. */
  async function withImages<T>(n: number, work: (x: tf.Tensor4D) => Promise<T>): Promise<T> {
    const x = mockImages(shape, n)
    try {
      return await work(x)
    } finally {
      x.dispose()
    }
  }
  /** A check with a new detector and n images. */
  const check = (n: number, work: (model: Detector, x: tf.Tensor4D) => Promise<void>) => () =>
    using(make(), (model) => withImages(n, (x) => work(model, x)))
  const phi = async (model: Detector, x: tf.Tensor4D) => {
    const raw = await model.rawScoreBatch(x)
    const bounded = take(model.bound(raw))
    raw.dispose()
    return bounded
  }

  const checks: Record<string, () => Promise<void>> = {
    "score has shape [batch] and lies in [0, 1]": check(4, async (model, x) => {
      demand(
        model.inputShape.join() === shape.join(),
        `inputShape is [${model.inputShape.join(", ")}], the context says [${shape.join(", ")}].`,
        "Keep the context's inputShape.",
      )
      const raw = await model.rawScoreBatch(x)
      const bounded = model.bound(raw)
      const shapes = [raw, bounded].map((tensor) => tensor.shape.join())
      const values = [...(await take(raw)), ...(await take(bounded))]
      demand(
        shapes.every((found) => found === "4") && values.every(Number.isFinite),
        `For 4 images rawScore has shape [${shapes[0]}] and bound [${shapes[1]}], values ${values}; expected [4], finite.`,
        "Reduce every axis but the first.",
      )
      demand(
        values.slice(4).every((value) => value >= 0 && value <= 1),
        `Scores are ${values.slice(4)}, expected [0, 1].`,
        "Let bound end in [0, 1].",
      )
    }),
    "bound is increasing": check(16, async (model, x) => {
      const raw = await take(await model.rawScoreBatch(x))
      const [low, high] = [Math.min(...raw), Math.max(...raw)]
      const span = Math.max(high - low, 1e-3)
      const grid = Array.from({ length: 41 }, (_, i) => low + (span * i) / 20)
      const bounded = await boundOf(model, grid)
      const falls = bounded.findIndex((value, i) => i > 0 && value < bounded[i - 1]!)
      demand(
        falls < 0 && bounded[20]! > bounded[0]!,
        falls < 0
          ? `bound is flat between the lowest and the highest raw score of 16 images, ${low} and ${high}.`
          : `bound falls from ${bounded[falls - 1]} at ${grid[falls - 1]} to ${bounded[falls]} at ${grid[falls]}.`,
        "Use a strictly increasing function, so that AuROC is the same before and after.",
      )
    }),
    "bound of a huge raw score lies in [0, 1]": check(4, async (model, x) => {
      const high = Math.max(...(await take(await model.rawScoreBatch(x))))
      const raw = [high, 1e3, 1e6, 1e30].filter((value) => value >= high)
      const bounded = await boundOf(model, raw)
      demand(
        bounded.every((value) => value >= 0 && value <= 1),
        `bound maps ${raw} to ${bounded}, expected [0, 1].`,
        "Avoid exp of large numbers: sigmoid(x), not exp(x) / (1 + exp(x)).",
      )
    }),
    "score is bound of rawScore": check(4, async (model, x) => {
      if (model.gradients === "none") return
      const difference = firstDifference(await phi(model, x), await take(model.score(x)), 1e-5)
      demand(
        difference === undefined,
        `bound(rawScoreBatch(x)) against score(x): ${difference}.`,
        "Do not override score.",
      )
    }),
    "score of a batch equals scores one by one": check(4, async (model, x) => {
      const together = await phi(model, x)
      for (let i = 0; i < 4; i++) {
        const one = tf.slice(x, i, 1)
        const alone = await phi(model, one)
        one.dispose()
        const difference = firstDifference(together.slice(i, i + 1), alone, 1e-5)
        demand(
          difference === undefined,
          `Image ${i} scores ${together[i]} in a batch of 4 and ${alone[0]} alone.`,
          "Use running statistics when scoring, never those of the batch.",
        )
      }
    }),
    "gradient agrees with finite differences": check(2, async (model, x) => {
      if (model.gradients === "exact") await gradientCheck(model, x)
    }),
    "rawScoreBatch equals rawScore where there are gradients": check(4, async (model, x) => {
      if (model.gradients === "none") return
      const [one, other] = [await take(await model.rawScoreBatch(x)), await take(model.rawScore(x))]
      const difference = firstDifference(one, other, 1e-5)
      demand(
        difference === undefined,
        `rawScoreBatch against rawScore: ${difference}.`,
        "Compute both alike.",
      )
    }),
    ...mapChecks(check),
    "tensor count is flat over many calls": check(2, async (model, x) => {
      tf.dispose(await model.rawScoreBatch(x))
      const calls = options.calls ?? 200
      await demandNoLeak(`${calls} scores`, async () => {
        for (let i = 0; i < calls; i++) {
          const raw = await model.rawScoreBatch(x)
          model.bound(raw).dispose()
          raw.dispose()
        }
      })
    }),
    "does not change its input": check(2, async (model, x) => {
      const before = (await x.data()).slice()
      await phi(model, x)
      demand(!x.isDisposed, "rawScoreBatch disposes its input.", "Leave the images to their owner.")
      const difference = firstDifference(before, await x.data())
      demand(difference === undefined, `After scoring, ${difference}.`, "Work on a copy.")
    }),
    "takes a batch of one": check(1, async (model, x) => {
      const raw = await model.rawScoreBatch(x)
      const found = raw.shape.join()
      raw.dispose()
      demand(found === "1", `The scores of one image have shape [${found}].`, "Keep the batch axis.")
    }),
    "an error on a wrong shape names both shapes": () =>
      using(make(), (model) => demandShapeError(shape, (x) => model.rawScoreBatch(x))),
    ...modelChecks<Detector>(
      (work) => work(make),
      (model) => withImages(4, (x) => phi(model, x)),
      shape,
      options,
    ),
  }
  return makeChecks(checks, options.expectedFailures)
}

async function boundOf(model: Detector, raw: readonly number[]): Promise<Float32Array> {
  const input = tf.tensor1d([...raw])
  const bounded = await take(model.bound(input))
  input.dispose()
  return bounded
}
