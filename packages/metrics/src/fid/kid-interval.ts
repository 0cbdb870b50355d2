import { stream } from "@ifnormal/core"
import { type BootstrapFields, type BootstrapOptions, bootstrapFields } from "../intervals/options.js"
import { percentiles, type Redraw } from "../intervals/redraw.js"
import type { Matrix } from "../linalg/matrix.js"
import { Pace } from "../linalg/pace.js"
import type { FeatureMatrix } from "./feature-matrix.js"
import { kernelMatrices } from "./kernel.js"
import { fits } from "./kid.js"

/** Additions that an interval takes at its usual number of draws, two to three seconds (our choice). */
const usual = 2.5e9
/** Fewer draws say little about the ends of an interval (our choice). */
const least = 50

/** An interval with how it was drawn, or why there is none. */
export type KidInterval =
  | ({ readonly interval: readonly [number, number] } & BootstrapFields)
  | { readonly missing: string }

/**
 * Percentile bootstrap of KID over images. Pairs of one image with itself, which a draw with replacement makes, are left
 * out, as the unbiased estimate leaves them out; so redraws have no bias.
 * @param redrawA, redrawB from `redraw`
 */
export async function kidInterval(
  a: FeatureMatrix,
  redrawA: Redraw,
  b: FeatureMatrix,
  redrawB: Redraw,
  options?: BootstrapOptions,
): Promise<KidInterval> {
  if (!fits(a, b)) return { missing: "no interval: too many images to keep all pairs" }
  const fields = bootstrapFields(options)
  const pairs = a.length ** 2 / 2 + a.length * b.length + b.length ** 2 / 2
  const draws = Math.min(fields.draws, Math.max(least, Math.floor(usual / pairs)))
  const { aa, ab, bb } = await kernelMatrices(a, b, new Pace({}, 1))
  const random = stream(fields.seed, "bootstrap")
  const [countsA, countsB] = [new Uint32Array(a.length), new Uint32Array(b.length)]
  const values: number[] = []
  const pace = new Pace({}, draws)
  for (let i = 0; i < draws; i++) {
    redrawA(random, countsA)
    redrawB(random, countsB)
    // One image over and over, of few: a draw without pairs.
    const within = [meanOfPairs(aa, countsA), meanOfPairs(bb, countsB)]
    const value = within[0]! + within[1]! - 2 * meanBetween(ab, countsA, countsB)
    if (Number.isFinite(value)) values.push(value)
    await pace.advance(1)
  }
  if (values.length === 0) return { missing: "no interval: too few images to redraw" }
  const interval = percentiles(Float64Array.from(values).sort(), fields)
  return { interval, ...fields, draws: values.length }
}

/** Mean over pairs of different images; NaN without one. */
function meanOfPairs({ data, columns }: Matrix, counts: Uint32Array): number {
  const rows = occurring(counts)
  let [sum, weight] = [0, 0]
  rows.forEach((i, p) => {
    let [own, ownWeight] = [0, 0]
    for (let q = 0; q < p; q++) {
      const j = rows[q]!
      own += counts[j]! * data[i * columns + j]!
      ownWeight += counts[j]!
    }
    sum += counts[i]! * own
    weight += counts[i]! * ownWeight
  })
  return sum / weight
}

function meanBetween({ data, columns }: Matrix, countsA: Uint32Array, countsB: Uint32Array): number {
  const [rowsA, rowsB] = [occurring(countsA), occurring(countsB)]
  let sum = 0
  for (const i of rowsA) {
    let own = 0
    for (const j of rowsB) own += countsB[j]! * data[i * columns + j]!
    sum += countsA[i]! * own
  }
  const total = (counts: Uint32Array) => counts.reduce((all, count) => all + count, 0)
  return sum / (total(countsA) * total(countsB))
}

const occurring = (counts: Uint32Array) => Int32Array.from(counts.keys()).filter((row) => counts[row]! > 0)
