import type { MetricRow, StoredCounterfactual } from "@ifnormal/core"

/** 0.983 -> "98.3 %". */
export const percent = (value: number, digits = 1) => `${(100 * value).toFixed(digits)}\u202f%`

/** A score or distance: two digits. */
export const score = (value: number) => (Number.isFinite(value) ? value.toFixed(2) : String(value))

/** 12012 -> "12 012". */
export const count = (value: number) => String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f")

/** A loss or axis value in three significant digits. */
export function short(value: number): string {
  if (value === 0) return "0"
  const size = Math.abs(value)
  const text = size >= 1e5 || size < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)))
  return text.replaceAll("-", "\u2212")
}

export function duration(seconds: number): string {
  if (seconds < 0.1) return `${short(1000 * seconds)} ms`
  if (seconds < 90) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** ISO 8601 -> "24 November 2026", in UTC so that server and reader agree. */
export function day(iso: string): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return iso
  return date.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" })
}

/** A value of a metric in its unit. */
export function metricValue(value: number, unit: MetricRow["unit"]): string {
  if (!Number.isFinite(value)) return "\u2013"
  if (unit === "distance") return value.toFixed(3)
  if (unit === "seconds") return `${value < 0.1 ? short(value) : value.toFixed(2)} s`
  return unit === "fraction" ? percent(value) : short(value)
}

/** Stamps of counterfactuals: in a picture, and in a sentence. */
export const stamps: Record<StoredCounterfactual["status"], { short: string; long: string }> = {
  valid: { short: "valid", long: "valid" },
  "target-missed": { short: "missed", long: "target missed" },
  "too-far": { short: "too far", long: "too far" },
  "not-distinct": { short: "not distinct", long: "not distinct" },
  fragile: { short: "fragile", long: "fragile" },
}
