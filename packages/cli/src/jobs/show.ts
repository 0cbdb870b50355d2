import type { MetricRow, MetricsFile } from "@ifnormal/core"
import { csv, markdown, type Sheet } from "../formats.js"
import { percent, table } from "../output.js"

/**
 * The metrics of a run in every form: a value never stands without its n and interval.
 * @param types only rows of these
 */
export function metricsSheet(run: string, whole: MetricsFile, types?: readonly string[]): Sheet {
  const file: MetricsFile = types
    ? { format: 1, metrics: whole.metrics.filter(({ type }) => type !== undefined && types.includes(type)) }
    : whole
  return {
    json: { run, ...file },
    csv: () => csv(CSV_COLUMNS, file.metrics.map(csvRow)),
    md: () => `${metricsMarkdown(file)}${semanticsMarkdown(file)}`,
    text: () => describeMetrics(file),
  }
}

const CSV_COLUMNS = [
  ...["type", "name", "value", "n", "unit", "interval_low", "interval_high", "level", "draws", "seed"],
  ...["counts", "recipe", "threshold", "ideal", "paper", "paper_spread", "paper_source", "bar", "bar_met"],
  "skipped",
] as const

// Every number as it is, so that a reader loses nothing.
function csvRow(row: MetricRow) {
  const { type, name, value, n, unit, interval, level, draws, seed, counts, recipe, ideal, paper, bar } = row
  return {
    ...{
      type,
      name,
      value,
      n,
      unit,
      interval_low: interval?.[0],
      interval_high: interval?.[1],
      level,
      draws,
    },
    ...{ seed, counts: showCounts(counts), recipe, threshold: row.threshold },
    ideal: typeof ideal === "object" ? ideal.join(" to ") : ideal,
    ...{ paper: paper?.value, paper_spread: paper?.spread, paper_source: paper?.source },
    ...{ bar: bar?.text, bar_met: bar?.met, skipped: row.skipped },
  }
}

const HEAD = ["metric", "value", "interval", "n", "paper", "bar"] as const

function metricsMarkdown({ metrics }: MetricsFile): string {
  const rows = metrics.map((row) => [...cells(row), row.recipe ?? "", showDraws(row)])
  return markdown([...HEAD, "recipe", "draws"], rows, ["value", "n"])
}

/** Metrics and semantics as tables for a terminal. */
export function describeMetrics(file: MetricsFile): string {
  const measured = file.metrics.filter(({ skipped }) => !skipped)
  const skipped = file.metrics.flatMap(({ name, skipped }) =>
    skipped ? [`Skipped ${name}: ${skipped}`] : [],
  )
  return [table(HEAD, measured.map(cells)), skipped.join("\n"), describeSemantics(file).trimEnd()]
    .filter(Boolean)
    .join("\n\n")
}

function cells(row: MetricRow): string[] {
  return [row.name, showValue(row), showInterval(row), `${row.n}`, showPaper(row), showBar(row)]
}

const SEMANTICS_HEAD = ["", "n", "cyan", "one", "cyan or one", "digit kept", "color kept"]

function semanticsCells({ semantics }: MetricsFile): string[][] {
  return (semantics?.rows ?? []).map((row) => [
    row.name,
    `${row.n}`,
    ...[row.cyan, row.one, row.cyanOrOne, row.digitKept, row.colorKept].map(percent),
  ])
}

/** What the judge sees, as a table; empty without a judge. */
export function describeSemantics(file: MetricsFile): string {
  if (!file.semantics) return ""
  return `Judge: ${file.semantics.judge}.\n${table(SEMANTICS_HEAD, semanticsCells(file))}\n`
}

function semanticsMarkdown(file: MetricsFile): string {
  if (!file.semantics) return ""
  return `\nJudge: ${file.semantics.judge}.\n\n${markdown(SEMANTICS_HEAD, semanticsCells(file), SEMANTICS_HEAD.slice(1))}`
}

function showValue({ value, unit, skipped }: MetricRow): string {
  return skipped ? `skipped: ${skipped}` : showNumber(value, unit)
}

/** A number of a metric in its unit, for people. */
export function showNumber(value: number, unit: MetricRow["unit"]): string {
  if (unit === "fraction") return percent(value)
  if (unit === "seconds")
    return `${Math.abs(value) < 0.1 ? Number(value.toPrecision(3)) : value.toFixed(2)} s`
  return value.toFixed(4)
}

function showInterval({ interval, unit, level, skipped }: MetricRow): string {
  if (!interval) return skipped ? "" : "none"
  const ends = `${showNumber(interval[0], unit)} to ${showNumber(interval[1], unit)}`
  return level === undefined || level === 0.95 ? ends : `${ends} (${percent(level)})`
}

/** "normal 1000, counterfactual 500". */
export function showCounts(counts: MetricRow["counts"]): string | undefined {
  return (
    counts &&
    Object.entries(counts)
      .map(([kind, n]) => `${kind} ${n}`)
      .join(", ")
  )
}

function showDraws({ draws, seed, level }: MetricRow): string {
  if (draws === undefined) return ""
  return `${draws}${seed === undefined ? "" : `, seed ${seed}`}${level === undefined ? "" : `, ${percent(level)}`}`
}

/** "55.6 % +- 1.5". */
export function showPaper({ paper, unit }: Pick<MetricRow, "paper" | "unit">): string {
  if (!paper) return ""
  const shown = unit === "fraction" ? percent(paper.value) : String(paper.value)
  const spread =
    paper.spread === undefined
      ? ""
      : ` +- ${unit === "fraction" ? (100 * paper.spread).toFixed(1) : paper.spread}`
  return `${shown}${spread}`
}

function showBar({ bar }: MetricRow): string {
  return bar ? `${bar.text}: ${bar.met ? "met" : "NOT MET"}` : ""
}
