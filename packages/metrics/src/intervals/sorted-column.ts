import { refuseNaN } from "../numbers.js"
import { type Redraw, redraw } from "./redraw.js"

/** Scores in ascending order, and what is drawn of them. */
export interface SortedColumn {
  readonly draw: Redraw
  /** [rows], in the order of the rows */
  readonly counts: Uint32Array
  /** The scores drawn, ascending. A view of one buffer: the next call overwrites it. */
  drawn(): Float64Array
}

/**
 * Sorts once what is redrawn many times; scores that are in ascending order already are not sorted again.
 * @param clusters [rows] rows with equal numbers are drawn together; default: every row on its own
 * @param counts how often each row is drawn; columns of the same rows may share it
 * @throws DataError "metric-nan", "metric-empty", "metric-length"
 */
export function sortedColumn(
  scores: ArrayLike<number>,
  clusters?: ArrayLike<number>,
  counts: Uint32Array = new Uint32Array(scores.length),
): SortedColumn {
  refuseNaN(scores, "scores")
  const draw = redraw(scores.length, clusters)
  const order = Uint32Array.from({ length: scores.length }, (_, row) => row)
  if (!order.every((row) => row === 0 || scores[row - 1]! <= scores[row]!))
    order.sort((a, b) => (scores[a]! < scores[b]! ? -1 : scores[a]! > scores[b]! ? 1 : a - b))
  const sorted = Float64Array.from(order, (row) => scores[row]!)
  let buffer = new Float64Array(2 * scores.length)
  return {
    draw,
    counts,
    drawn() {
      let length = 0
      for (let i = 0; i < counts.length; i++) length += counts[i]!
      if (length > buffer.length) buffer = new Float64Array(2 * length)
      for (let i = 0, at = 0; i < order.length; i++)
        for (let c = counts[order[i]!]!; c > 0; c--) buffer[at++] = sorted[i]!
      return buffer.subarray(0, length)
    },
  }
}
