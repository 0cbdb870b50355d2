import { CheckpointError } from "@ifnormal/core"
import { machine, writeFileAtomic } from "@ifnormal/core/node"
import { type Backend, useBackend } from "../backend.js"
import { interruptible } from "../interrupt.js"
import { type Timing, timeInference, timeTraining, unitsOf } from "../jobs/bench.js"
import { loadModel, shippedModel } from "../jobs/model.js"
import type { GlobalOptions } from "../options.js"
import { Output } from "../output.js"
import { startProgress } from "../progress.js"
import { VERSION } from "../version.js"

interface BenchOptions extends GlobalOptions {
  /** Measured steps and calls of each kind. */
  readonly steps: number
  readonly out?: string
}

interface BenchResult {
  readonly ifnormal: string
  readonly node: string
  readonly machine: ReturnType<typeof machine>
  readonly engine: Backend & { readonly block?: number }
  /** From the start of the process to the end of the first training step, with loading and compiling. */
  readonly secondsToFirstStep: number
  readonly timings: readonly Timing[]
  readonly peakMemoryMb: number
}

/** `ifnormal bench`: what a step and a counterfactual take on this machine, with the shipped model. */
export async function bench(options: BenchOptions): Promise<void> {
  const output = new Output(options)
  const engine = await useBackend(options)
  const model = await loadModel(shippedModel(), options)
  const { experiment, registry } = model
  if (!experiment)
    throw new CheckpointError({
      code: "checkpoint-missing",
      message: "The shipped model has no experiment.json.",
      next: "Install ifnormal again.",
    })
  const progress = await startProgress({
    label: "bench",
    total: 4 * unitsOf(options.steps),
    quiet: options.quiet,
  })
  let done = 0
  let secondsToFirstStep = 0
  const advance = () => {
    // Node's clock starts with the process.
    if (done === 0) secondsToFirstStep = performance.now() / 1000
    progress.update(++done)
  }
  const { inputShape } = model.detector
  const timings = await interruptible(output.note.bind(output), async (signal) => {
    const given = { registry, experiment, steps: options.steps, signal, advance }
    return [
      await timeTraining("generator", inputShape, given),
      await timeTraining("detector", inputShape, given),
      await timeInference(1, model, given),
      await timeInference(64, model, given),
    ]
  }).finally(() => progress.stop())
  const result: BenchResult = {
    ifnormal: VERSION,
    node: process.version,
    machine: machine(),
    engine: { ...engine, ...(await blockOf(engine)) },
    secondsToFirstStep,
    timings,
    peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024),
  }
  const text = describeBench(result)
  if (options.out !== undefined) await writeFileAtomic(options.out, `${text}\n`)
  output.result(result, text)
}

async function blockOf({ name }: Backend): Promise<{ block?: number }> {
  if (name !== "ort") return {}
  const { block } = (await import("@ifnormal/backend-ort")).engineInfo()
  return block === undefined ? {} : { block }
}

/** The result as Markdown. */
export function describeBench({ machine, engine, timings, ...rest }: BenchResult): string {
  const settings = [
    engine.version,
    engine.threads !== undefined && `${engine.threads} ${engine.threads === 1 ? "thread" : "threads"}`,
    engine.memory && `memory ${engine.memory}`,
    engine.block && `block ${engine.block}`,
  ].filter(Boolean)
  const rows = timings.map(({ name, first, median, low, high, n }) =>
    [name, ms(median), `${ms(low)} to ${ms(high)}`, ms(first), n].join(" | "),
  )
  return [
    "| work | median, ms | middle half, ms | first, ms | n |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map((row) => `| ${row} |`),
    "",
    `- Process start to the first training step: ${rest.secondsToFirstStep.toFixed(1)} s. Peak memory: ${rest.peakMemoryMb} MB.`,
    `- ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.platform}`,
    `- ifnormal ${rest.ifnormal}, Node ${rest.node}, engine ${engine.name} ${settings.join(", ")}`,
    "- Shipped model and experiment, random images; the first three of each kind are left out of the median.",
  ].join("\n")
}

function ms(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
