import type { LogLine } from "@ifnormal/core"
import type { Curve } from "./page/types.js"

/** Points per curve at most. */
const maxPoints = 400

/**
 * Curves of every term of a training log: averaged in at most 400 buckets of equal step counts, with an exponential
 * moving average (window: 2 % of the steps) computed before the averaging. Terms that are not finite are left out.
 */
export function makeCurves(log: readonly LogLine[]): Curve[] {
  const terms = [...new Set(log.flatMap((line) => Object.keys(line.terms)))]
  return terms.flatMap((term) => {
    const points = log.flatMap((line) => {
      const value = line.terms[term]
      return typeof value === "number" && Number.isFinite(value) ? [{ step: line.step, value }] : []
    })
    if (points.length === 0) return []
    const decay = 1 - 1 / Math.max(1, points.length * 0.02)
    let weight = 0
    let sum = 0
    const smooth = points.map(({ value }) => {
      sum = decay * sum + (1 - decay) * value
      weight = decay * weight + (1 - decay)
      return sum / weight
    })
    const buckets = Math.min(maxPoints, points.length)
    const curve: Curve & { steps: number[]; values: number[]; smooth: number[] } = {
      term,
      steps: [],
      values: [],
      smooth: [],
    }
    for (let b = 0; b < buckets; b++) {
      const from = Math.floor((b * points.length) / buckets)
      const to = Math.floor(((b + 1) * points.length) / buckets)
      const part = points.slice(from, to)
      curve.steps.push(part.at(-1)!.step)
      curve.values.push(short(part.reduce((total, { value }) => total + value, 0) / part.length))
      curve.smooth.push(short(smooth[to - 1]!))
    }
    return [curve]
  })
}

const short = (value: number) => Number(value.toPrecision(5))
