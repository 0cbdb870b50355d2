import { deliver, type FormatOptions, formatOf } from "../formats.js"
import { parseTypes } from "../jobs/measures.js"
import { readEvaluated, requireMeasured } from "../jobs/run-sides.js"
import { summarizeRuns, summarySheet } from "../jobs/summarize-runs.js"
import { Output } from "../output.js"

interface SummarizeOptions extends FormatOptions {
  readonly metrics?: string
}

/** `ifnormal summarize <runs...>` */
export async function summarize(folders: readonly string[], options: SummarizeOptions): Promise<void> {
  const output = new Output(options)
  formatOf(options)
  const runs = []
  for (const folder of folders) runs.push(await readEvaluated(folder))
  const known = [...new Set(runs.flatMap(({ metrics }) => metrics.metrics.flatMap(({ type }) => type ?? [])))]
  const types =
    options.metrics === undefined
      ? undefined
      : parseTypes(options.metrics, known.sort()).map(({ type }) => type)
  if (types) requireMeasured(types, runs)
  await deliver(summarySheet(summarizeRuns(runs, types)), options, output)
}
