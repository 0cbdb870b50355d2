import { deliver, type FormatOptions, formatOf } from "../formats.js"
import { compareRuns, comparisonSheet } from "../jobs/compare-runs.js"
import { parseTypes } from "../jobs/measures.js"
import {
  type RunSide,
  readEvaluated,
  readValues,
  requireMeasured,
  requireSameImages,
} from "../jobs/run-sides.js"
import { Output } from "../output.js"

interface CompareOptions extends FormatOptions {
  readonly metrics?: string
  readonly draws: number
}

/** `ifnormal compare <a> <b>` */
export async function compare(a: string, b: string, options: CompareOptions): Promise<void> {
  const output = new Output(options)
  formatOf(options)
  const [first, second] = [await readSide(a), await readSide(b)]
  const types =
    options.metrics === undefined
      ? undefined
      : parseTypes(options.metrics, typesOf(first)).map(({ type }) => type)
  if (types) requireMeasured(types, [first, second])
  requireSameImages(first, second)
  const bootstrap = { draws: options.draws, ...(options.seed !== undefined && { seed: options.seed }) }
  await deliver(comparisonSheet(a, b, compareRuns(first, second, bootstrap, types)), options, output)
}

async function readSide(run: string): Promise<RunSide> {
  return { ...(await readEvaluated(run)), values: await readValues(run) }
}

function typesOf({ metrics }: RunSide): string[] {
  return [...new Set(metrics.metrics.flatMap(({ type }) => type ?? []))].sort()
}
