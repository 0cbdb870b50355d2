import type { MetricRow } from "@ifnormal/core"
import { rankingRows } from "@ifnormal/metrics"
import { deliver, type FormatOptions, formatOf, markdown } from "../formats.js"
import { readScores, type TwoKinds } from "../jobs/scores.js"
import { metricsSheet, showCounts } from "../jobs/show.js"
import { Output, table } from "../output.js"
import { startProgress } from "../progress.js"

interface AurocOptions extends FormatOptions {
  readonly score: string
  readonly label: string
  readonly positive: readonly string[]
  readonly negative: readonly string[]
  readonly maxFpr: number
  readonly draws: number
}

/** Scores times draws from which on the intervals take more than two seconds. */
const SLOW = 1e8

/** `ifnormal auroc <scores>` */
export async function auroc(file: string, options: AurocOptions): Promise<void> {
  const output = new Output(options)
  formatOf(options)
  const { maxFpr, draws, seed } = options
  const { normal, anomaly, labels } = await readScores(file, options)
  const progress = await startProgress({
    label: "draws",
    total: draws,
    quiet: options.quiet || (normal.length + anomaly.length) * draws < SLOW,
  })
  const bootstrap = { draws, onDraw: progress.update, ...(seed !== undefined && { seed }) }
  const metrics = rankingRows(normal, anomaly, { maxFpr, ...bootstrap })
  progress.stop()
  const sheet = {
    json: { file, labels, metrics },
    csv: metricsSheet(file, { format: 1, metrics }).csv,
    md: () => markdown(HEAD, metrics.map(cells), ["value", "n"]),
    text: () => describe({ normal, anomaly, labels }, metrics),
  }
  await deliver(sheet, options, output)
}

const HEAD = ["metric", "value", "interval", "threshold", "n", "recipe", "draws"]

function cells(row: MetricRow): string[] {
  const { n, counts, recipe, level, draws, seed } = row
  return [...shown(row), `${n} (${showCounts(counts)})`, recipe!, `${draws}, seed ${seed}, level ${level}`]
}

/** Six digits, enough to compare with another program. */
function shown({ name, value, interval, threshold }: MetricRow): string[] {
  const ends = interval!.map((end) => end.toFixed(6)).join(" to ")
  return [name, value.toFixed(6), ends, threshold === undefined ? "" : `score >= ${threshold}`]
}

function describe({ normal, anomaly, labels }: TwoKinds, metrics: readonly MetricRow[]): string {
  const { seed, draws, level } = metrics[0]!
  const named = (names: readonly string[]) => names.map((name) => JSON.stringify(name)).join(", ")
  const values = table(["metric", "value", `${100 * level!} % interval`, "threshold"], metrics.map(shown))
  const recipes = table(
    ["metric", "recipe"],
    metrics.map(({ name, recipe }) => [name, recipe!]),
  )
  return `${values}

${normal.length} normal (${named(labels.normal)}), ${anomaly.length} anomalous (${named(labels.anomaly)}); ${draws} draws, seed ${seed}

${recipes}`
}
