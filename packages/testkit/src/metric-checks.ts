import type { Metric, MetricInput, MetricResult, ModelContext, Plugin } from "@ifnormal/core"
import {
  type Check,
  demand,
  demandNoLeak,
  firstDifference,
  makeChecks,
  messageOf,
  namesShape,
} from "./check.js"
import { type MetricImages, metricImages } from "./metric-inputs.js"
import type { CheckOptions } from "./model-checks.js"

/** Options of `metricChecks`. */
export interface MetricCheckOptions extends Omit<CheckOptions, "fit"> {
  /** K of the counterfactuals that the metric sees, default 2. */
  readonly concepts?: number
}

/** Images of each role that a check feeds. */
const count = 8

/**
 * What the contract promises of a metric, as named checks. They use the tfjs backend that is set.
 * @param type name of the metric in `plugin.metrics`
 * @throws CheckError "check-failed" when the plugin has no such metric, "check-unknown" for an unknown expected failure
 */
export function metricChecks(plugin: Plugin, type: string, options: MetricCheckOptions = {}): Check[] {
  const entry = plugin.metrics?.[type]
  demand(entry !== undefined, `${plugin.name} has no metric "${type}".`, "Name a key of plugin.metrics.")
  const { inputShape: shape = [28, 28, 3], concepts = 2, context = {} as ModelContext } = options
  const make = async () =>
    entry.create(entry.options.parse(options.options ?? {}), { ...context, inputShape: shape })
  /** A check with a new metric, and images that it may be fed with. */
  const check = (work: (metric: Metric, images: MetricImages) => Promise<void>) => async () => {
    const metric = await make()
    const images = metricImages(shape, concepts, count)
    try {
      await work(metric, images)
    } finally {
      images.dispose()
      metric.reset()
    }
  }

  const checks: Record<string, () => Promise<void>> = {
    "has a name, an ideal and a direction": check(async ({ name, ideal, higherIsBetter }) => {
      const ends = typeof ideal === "number" ? [ideal] : [...ideal]
      demand(
        typeof name === "string" && name !== "",
        `The name is ${JSON.stringify(name)}.`,
        'Name it for a table, such as "AuROC normal vs. CE".',
      )
      demand(
        ends.every((end) => typeof end === "number" && !Number.isNaN(end)) && !(ends[0]! > ends[1]!),
        `The ideal is ${ends}, expected a number or [low, high].`,
        "Give the value, or the range, that a perfect model has.",
      )
      demand(
        higherIsBetter === undefined || typeof higherIsBetter === "boolean",
        `higherIsBetter is ${higherIsBetter}, expected true, false or undefined.`,
        "Use undefined where the ideal lies inside the scale.",
      )
    }),
    "without images there is no value, and a reason": check(async (metric) => {
      const { value, skipped } = await metric.compute()
      demand(
        Number.isNaN(value) && typeof skipped === "string" && skipped !== "",
        `Before any update, compute gives the value ${value}, skipped: ${JSON.stringify(skipped)}.`,
        'Return { value: NaN, n: 0, skipped: "There are no ..." }.',
      )
    }),
    "a value comes with n, and lies in its interval": check(async (metric, images) => {
      const { value, n, interval = [value, value], skipped } = await fed(metric, images.all())
      if (skipped) return
      const margin = 1e-6 * Math.max(1, Math.abs(value))
      demand(
        Number.isFinite(value) &&
          Number.isInteger(n) &&
          n >= 1 &&
          interval[0] <= value + margin &&
          interval[1] >= value - margin,
        `compute gives the value ${value}, n ${n}, interval [${interval.join(", ")}].`,
        "Return a finite value, the number of images it rests on and, if any, an interval around it.",
      )
    }),
    "reset forgets everything": check(async (metric, images) => {
      await feed(metric, images.all())
      metric.reset()
      await demandSame(await make(), metric, images.all(), "A new metric and one after reset")
    }),
    "two updates give what one gives": check(async (metric, images) => {
      const parts = [...images.all(0, 3), ...images.all(3, count)]
      const [one, two] = [await fed(await make(), images.all()), await fed(metric, parts)]
      demandEqual(one, two, "One update and two updates with the same images", 1e-6)
    }),
    "computes the same twice": check(async (metric, images) => {
      const first = await fed(metric, images.all())
      demandEqual(first, await metric.compute(), "compute, and compute again")
      demandEqual(first, await fed(await make(), images.all()), "Two metrics with the same images")
    }),
    "takes a batch of one": check(async (metric, images) => {
      const { value, skipped } = await fed(metric, images.all(0, 1))
      demand(
        skipped !== undefined || Number.isFinite(value),
        `One image of each role gives ${value}.`,
        "Say in `skipped` what is missing where one image is not enough.",
      )
    }),
    "works without concept logits": check(async (metric, images) => {
      const inputs = images.all().map(withoutLogits)
      const message = await messageOf(async () => {
        const { value, skipped } = await fed(metric, inputs)
        if (!skipped && !Number.isFinite(value)) throw new Error(`the value ${value}`)
      })
      demand(
        message === undefined,
        `Counterfactuals without conceptLogits give: ${message}.`,
        "Not every generator has a concept classifier: say so in `skipped`.",
      )
    }),
    "a NaN among the scores is not hidden": check(async (metric, images) => {
      const clean = await fed(await make(), images.all())
      let found: MetricResult | undefined
      const message = await messageOf(async () => {
        found = await fed(metric, images.all().map(withNaN))
      })
      const shown = message !== undefined || found?.skipped !== undefined || Number.isNaN(found?.value)
      demand(
        shown || difference(clean, found!, 0) === undefined,
        `With NaN among the scores the value is ${found?.value}, without ${clean.value}.`,
        "Throw a DataError when a score is NaN; leave none out.",
      )
    }),
    "an error on a wrong shape names both shapes": check(async (metric, images) => {
      const [height, width, channels] = shape
      const clean = await fed(await make(), images.all())
      let found: MetricResult | undefined
      const message = await messageOf(async () => {
        found = await fed(metric, images.withTallOriginals())
      })
      const wrong = [height + 1, width, channels]
      demand(
        found
          ? difference(clean, found, 0) === undefined
          : namesShape(message, wrong) && namesShape(message, shape),
        `Originals of [${wrong.join(", ")}] beside counterfactuals of [${shape.join(", ")}]: ${found ? `the value ${found.value}` : `the error says "${message}"`}.`,
        "Compare the shapes first and throw a ShapeError that names both, where the metric looks at pixels.",
      )
    }),
    "does not change its input": check(async (metric, images) => {
      const inputs = images.all()
      const before = await snapshot(inputs)
      await fed(metric, inputs)
      for (const { images } of inputs)
        demand(!images.isDisposed, "update disposes its input.", "Leave the images to their owner.")
      const changed = firstDifference(before, await snapshot(inputs))
      demand(changed === undefined, `After update and compute, ${changed}.`, "Work on a copy.")
    }),
    "tensor count is flat over many calls": check(async (metric, images) => {
      const inputs = images.all()
      const call = async () => {
        await feed(metric, inputs)
        metric.reset()
      }
      await call()
      const calls = options.calls ?? 200
      await demandNoLeak(`${calls} updates and resets`, async () => {
        for (let i = 0; i < calls; i++) await call()
      })
    }),
  }
  return makeChecks(checks, options.expectedFailures)
}

async function feed(metric: Metric, inputs: readonly MetricInput[]): Promise<void> {
  for (const input of inputs) await metric.update(input)
}

async function fed(metric: Metric, inputs: readonly MetricInput[]): Promise<MetricResult> {
  await feed(metric, inputs)
  return metric.compute()
}

async function demandSame(a: Metric, b: Metric, inputs: readonly MetricInput[], who: string): Promise<void> {
  demandEqual(await fed(a, inputs), await fed(b, inputs), who)
}

function demandEqual(a: MetricResult, b: MetricResult, who: string, tolerance = 0): void {
  const found = difference(a, b, tolerance)
  demand(found === undefined, `${who}: ${found}.`, "Let the result depend on the images alone.")
}

function difference(a: MetricResult, b: MetricResult, tolerance: number): string | undefined {
  if (a.skipped !== b.skipped) return `skipped is ${a.skipped} against ${b.skipped}`
  if (a.skipped !== undefined) return undefined
  const numbers = ({ value, n, interval = [0, 0] }: MetricResult) => [value, n, ...interval]
  return firstDifference(numbers(a), numbers(b), tolerance)
}

function withoutLogits(input: MetricInput): MetricInput {
  if (input.role !== "counterfactual") return input
  const { conceptLogits: _, ...rest } = input
  return rest
}

function withNaN(input: MetricInput): MetricInput {
  const nan = (values: Float64Array) => values.map((value, i) => (i === 1 ? Number.NaN : value))
  if (input.role !== "counterfactual") return { ...input, scores: nan(input.scores) }
  return { ...input, scores: nan(input.scores), phi: nan(input.phi) }
}

/** All numbers of the inputs. */
async function snapshot(inputs: readonly MetricInput[]): Promise<number[]> {
  const numbers: number[] = []
  for (const input of inputs) {
    numbers.push(...(await input.images.data()), ...input.scores)
    if (input.role !== "counterfactual") continue
    numbers.push(...(await input.originals.data()), ...input.phi, ...input.alpha, ...input.concept)
    if (input.conceptLogits) numbers.push(...(await input.conceptLogits.data()))
  }
  return numbers
}
