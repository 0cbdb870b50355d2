import type { MetricRow, StoredValues } from "@ifnormal/core"
import {
  auroc,
  averagePrecision,
  type BootstrapOptions,
  f1Max,
  type PairedDifference,
  pairedDifference,
  pairedRanking,
  partialAuroc,
  type RankedScores,
} from "@ifnormal/metrics"
import { csv, markdown, type Sheet } from "../formats.js"
import { table } from "../output.js"
import { type RunSide, valueRecipe } from "./run-sides.js"
import { showNumber } from "./show.js"

/** One metric of two runs. */
export interface ComparisonRow extends Partial<Omit<PairedDifference, "a" | "b">> {
  readonly type?: string
  readonly name: string
  readonly unit?: MetricRow["unit"]
  readonly recipe?: string
  readonly a: number
  readonly b: number
  /** Why there is no interval. */
  readonly unpaired?: string
}

/**
 * Differences of all metrics that both runs have, B - A. Where a metric is a mean over images or ranks their scores, the
 * interval redraws images, the same ones for both.
 * @param types only metrics of these
 */
export function compareRuns(
  a: RunSide,
  b: RunSide,
  bootstrap: BootstrapOptions,
  types?: readonly string[],
): ComparisonRow[] {
  return a.metrics.metrics
    .filter(({ type }) => !types || (type !== undefined && types.includes(type)))
    .flatMap((row) => {
      const other = b.metrics.metrics.find(({ type, name }) => type === row.type && name === row.name)
      return other ? [compareRow(row, other, a, b, bootstrap)] : []
    })
}

function compareRow(
  row: MetricRow,
  other: MetricRow,
  a: RunSide,
  b: RunSide,
  bootstrap: BootstrapOptions,
): ComparisonRow {
  const { type, name, unit } = row
  const [recipe, otherRecipe] = [valueRecipe(row), valueRecipe(other)]
  const known = { name, a: row.value, b: other.value, ...(type && { type }), ...(unit && { unit }) }
  const skipped = row.skipped ?? other.skipped
  if (skipped) return { ...known, a: Number.NaN, b: Number.NaN, unpaired: skipped }
  if (recipe !== otherRecipe) return { ...known, unpaired: `Other recipes: ${recipe} against ${otherRecipe}` }
  const found = pair(row, a, b, bootstrap)
  const plain = { difference: other.value - row.value, unpaired: "no value per image." }
  return { ...known, ...(recipe && { recipe }), ...(found ?? plain) }
}

function pair(
  row: MetricRow,
  a: RunSide,
  b: RunSide,
  bootstrap: BootstrapOptions,
): PairedDifference | undefined {
  const ranking = rankingOf(row)
  if (ranking) {
    const [first, second] = [scoresOf(a, ranking), scoresOf(b, ranking)]
    // Another number of concepts: the pools are not of the same counterfactuals.
    if (!first || !second || first.positives.length !== second.positives.length) return undefined
    return pairedRanking(first, second, ranking.statistic, bootstrap, first.images)
  }
  const [first, second] = [stored(a, row), stored(b, row)]
  if (!first || !second || JSON.stringify(first.index) !== JSON.stringify(second.index)) return undefined
  if (first.values.length !== second.values.length) return undefined
  return pairedDifference(first.values, second.values, undefined, bootstrap)
}

function stored({ values }: RunSide, row: MetricRow): StoredValues | undefined {
  return values.metrics.find(({ type, name }) => type === row.type && name === row.name)
}

interface Ranking {
  readonly positives: "anomaly" | "counterfactual"
  readonly concept?: number
  readonly statistic?: (negatives: Float64Array, positives: Float64Array) => number
}

/** How a metric ranks scores, for those that do. */
function rankingOf({ type, options = {} }: MetricRow): Ranking | undefined {
  const { concept, maxFpr = 0.1 } = options as { concept?: number; maxFpr?: number }
  switch (type) {
    case "detector-auroc":
      return { positives: "anomaly", statistic: auroc }
    case "detector-aupr":
      return { positives: "anomaly", statistic: averagePrecision }
    case "detector-f1-max":
      return { positives: "anomaly", statistic: (n, p) => f1Max(n, p).value }
    case "detector-partial-auroc":
      return { positives: "anomaly", statistic: (n, p) => partialAuroc(n, p, maxFpr) }
    case "counterfactual-auroc":
      return { positives: "counterfactual", statistic: auroc, ...(concept !== undefined && { concept }) }
    default:
      return undefined
  }
}

function scoresOf(
  { values }: RunSide,
  { positives, concept }: Ranking,
): (RankedScores & { images: number[] }) | undefined {
  const { normal, anomaly, counterfactual } = values.scores
  const all =
    positives === "anomaly" ? [anomaly] : concept === undefined ? counterfactual : [counterfactual[concept]]
  if (all.some((list) => list === undefined)) return undefined
  return {
    negatives: normal,
    positives: all.flatMap((list) => list!),
    images: all.flatMap((list) => [...list!.keys()]),
  }
}

const COLUMNS = [
  ...["type", "name", "unit", "a", "b", "difference", "interval_low", "interval_high", "level", "n", "above"],
  ...["draws", "seed", "recipe", "unpaired"],
] as const
const HEAD = ["metric", "A", "B", "B - A", "interval", "n", "draws with B above A"] as const

/** The comparison in every form. */
export function comparisonSheet(a: string, b: string, rows: readonly ComparisonRow[]): Sheet {
  const reasons = [...new Set(rows.flatMap(({ unpaired }) => unpaired ?? []))].map(
    (reason) =>
      `No interval of ${rows
        .filter(({ unpaired }) => unpaired === reason)
        .map(({ name }) => name)
        .join("; ")}: ${reason}`,
  )
  const names = `A: ${a}\nB: ${b}`
  return {
    json: { a, b, rows },
    csv: () =>
      csv(
        COLUMNS,
        rows.map(({ interval, ...row }) => ({
          ...row,
          interval_low: interval?.[0],
          interval_high: interval?.[1],
        })),
      ),
    md: () =>
      `${names.replace("\n", "  \n")}\n\n${markdown(HEAD, rows.map(cells), HEAD.slice(1))}${
        reasons.length > 0 ? `\n${reasons.map((reason) => `- ${reason}`).join("\n")}\n` : ""
      }`,
    text: () => [names, table(HEAD, rows.map(cells)), reasons.join("\n")].filter(Boolean).join("\n\n"),
  }
}

function cells({ name, unit, a, b, difference, interval, n, above }: ComparisonRow): string[] {
  const show = (value: number | undefined) =>
    value === undefined || Number.isNaN(value) ? "-" : showNumber(value, unit)
  return [
    name,
    show(a),
    show(b),
    difference === undefined ? "-" : signed(difference, unit),
    interval ? `${signed(interval[0], unit)} to ${signed(interval[1], unit)}` : "none",
    n === undefined ? "-" : `${n}`,
    above === undefined ? "-" : `${(100 * above).toFixed(1)} %`,
  ]
}

// Differences of shares are points of percent.
function signed(value: number, unit: MetricRow["unit"]): string {
  const shown = unit === "fraction" ? `${(100 * value).toFixed(2)} pp` : showNumber(value, unit)
  return value > 0 ? `+${shown}` : shown
}
