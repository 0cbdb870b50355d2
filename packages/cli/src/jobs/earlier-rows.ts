import type { MetricRow, MetricsFile, ValuesFile } from "@ifnormal/core"
import type { RunFolder } from "@ifnormal/core/node"
import { OWN_TYPES } from "./own-rows.js"

const OWN: ReadonlySet<string> = new Set(OWN_TYPES)

/** What an earlier evaluation of the same weights and test images found, and this one leaves out. */
export interface EarlierRows {
  readonly rows: readonly MetricRow[]
  readonly values: ValuesFile["metrics"]
  /** Rows by type as they were, new types behind. */
  readonly order: (rows: readonly MetricRow[]) => MetricRow[]
}

/** @param types that are measured now */
export async function earlierRows(
  folder: RunFolder,
  types: readonly string[],
  now: ValuesFile,
): Promise<EarlierRows> {
  const nothing: EarlierRows = { rows: [], values: [], order: (rows) => [...rows] }
  if (!(await folder.has("metrics.json")) || !(await folder.has("values.json"))) return nothing
  const before = await folder.readJson<ValuesFile>("values.json")
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
  if (before.format !== 1 || !same(before.weights, now.weights) || !same(before.images, now.images))
    return nothing
  const { metrics } = await folder.readJson<MetricsFile>("metrics.json")
  const known = [...new Set(metrics.map(({ type }) => type))]
  const place = ({ type }: MetricRow) => (known.includes(type) ? known.indexOf(type) : known.length)
  const left = ({ type }: { readonly type?: string }) =>
    type !== undefined && !types.includes(type) && !OWN.has(type)
  return {
    // A skipped row's NaN is null in JSON.
    rows: metrics.filter(left).map((row) => (row.skipped ? { ...row, value: Number.NaN } : row)),
    values: before.metrics.filter(left),
    order: (rows) => rows.toSorted((a, b) => place(a) - place(b)),
  }
}
