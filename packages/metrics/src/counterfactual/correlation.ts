import { mean } from "../numbers.js"

/** Pearson's correlation in [-1, 1], as scipy.stats.pearsonr; NaN where a list is constant. Lists of equal length. */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [centerA, centerB] = [mean(a), mean(b)]
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]! - centerA, b[i]! - centerB]
    ab += x * y
    aa += x * x
    bb += y * y
  }
  return Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb)))
}

/** Spearman's rank correlation, ties at their mean rank, as scipy.stats.spearmanr; NaN where a list is constant. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return pearson(ranks(a), ranks(b))
}

/** Ranks from 1, equal values at the mean of theirs. */
export function ranks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort(
    (i, j) => values[i]! - values[j]!,
  )
  const result = new Float64Array(values.length)
  for (let start = 0; start < order.length; ) {
    let end = start + 1
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++
    for (let i = start; i < end; i++) result[order[i]!] = (start + 1 + end) / 2
    start = end
  }
  return result
}

/** True where all values are equal. */
export function constant(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false
  return true
}
