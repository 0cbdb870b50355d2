import type { RandomStream } from "@ifnormal/core"
import { redraw } from "../intervals/redraw.js"
import { binomial } from "./binomial.js"
import { countUpTo } from "./thresholds.js"

/** Scores by threshold as they are, and a way to draw as many of them again. */
export interface CountedDraws {
  /** [thresholds] */
  readonly counts: Float64Array
  /** [thresholds] */
  readonly drawn: Float64Array
  /** Writes `drawn`. */
  draw(random: RandomStream): void
}

/**
 * Draws rows, or clusters of them, and counts them by threshold.
 * @param clusters see `redraw`
 * @throws DataError "metric-length"
 */
export function drawRows(
  scores: ArrayLike<number>,
  thresholds: Float64Array,
  clusters?: ArrayLike<number>,
): CountedDraws {
  const rows = new Uint32Array(scores.length)
  const places = Uint32Array.from(scores, (score) => countUpTo(thresholds, score) - 1)
  const drawn = new Float64Array(thresholds.length)
  const drawRow = redraw(scores.length, clusters)
  return {
    counts: counted(places, thresholds.length),
    drawn,
    draw(random) {
      drawRow(random, rows)
      drawn.fill(0)
      for (let row = 0; row < rows.length; row++) drawn[places[row]!]! += rows[row]!
    },
  }
}

/**
 * The same distribution as `drawRows` without clusters, drawn as the multinomial counts that come of it: one binomial
 * number per threshold, whatever the number of rows.
 */
export function drawCounts(scores: ArrayLike<number>, thresholds: Float64Array): CountedDraws {
  const counts = counted(
    Uint32Array.from(scores, (score) => countUpTo(thresholds, score) - 1),
    thresholds.length,
  )
  const drawn = new Float64Array(thresholds.length)
  return {
    counts,
    drawn,
    draw(random) {
      let [left, rows] = [scores.length, scores.length]
      for (let i = 0; i < counts.length; i++) {
        drawn[i] = rows === counts[i] ? left : binomial(random, left, counts[i]! / rows)
        left -= drawn[i]!
        rows -= counts[i]!
      }
    },
  }
}

function counted(places: Uint32Array, length: number): Float64Array {
  const counts = new Float64Array(length)
  for (let i = 0; i < places.length; i++) counts[places[i]!]!++
  return counts
}
