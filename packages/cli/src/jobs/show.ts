import type { MetricRow, MetricsFile } from "@ifnormal/core"
import { percent, table } from "../output.js"

/** Metrics and semantics as tables: a value never stands without its n. */
export function describeMetrics(file: MetricsFile): string {
  const rows = file.metrics.map((row) => [
    row.name,
    showValue(row),
    showInterval(row),
    `${row.n}`,
    showPaper(row),
    showBar(row),
  ])
  return `${table(["metric", "value", "95 % interval", "n", "paper", "bar"], rows)}\n\n${describeSemantics(file)}`.trimEnd()
}

/** What the judge sees, as a table; empty without a judge. */
export function describeSemantics({ semantics }: MetricsFile): string {
  if (!semantics) return ""
  const rows = semantics.rows.map((row) => [
    row.name,
    `${row.n}`,
    ...[row.cyan, row.one, row.cyanOrOne, row.digitKept, row.colorKept].map(percent),
  ])
  const head = ["", "n", "cyan", "one", "cyan or one", "digit kept", "color kept"]
  return `Judge: ${semantics.judge}.\n${table(head, rows)}\n`
}

function showValue({ value, unit, skipped }: MetricRow): string {
  if (skipped) return `skipped: ${skipped}`
  if (unit === "fraction") return percent(value)
  if (unit === "seconds") return `${value.toFixed(2)} s`
  return value.toFixed(4)
}

function showInterval({ interval, unit }: MetricRow): string {
  if (!interval) return ""
  const [low, high] = interval
  return unit === "fraction"
    ? `${percent(low)} to ${percent(high)}`
    : `${low.toFixed(4)} to ${high.toFixed(4)}`
}

function showPaper({ paper, unit }: MetricRow): string {
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
