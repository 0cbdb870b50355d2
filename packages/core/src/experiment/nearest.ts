import { closest, distance } from "fastest-levenshtein"

/** The known name that `found` was probably meant to be: at most half of its letters differ, letter case apart. */
export function nearest(found: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined
  const lower = known.map((name) => name.toLowerCase())
  const best = closest(found.toLowerCase(), lower)
  const far = distance(found.toLowerCase(), best) > Math.max(found.length, best.length) / 2
  return far ? undefined : known[lower.indexOf(best)]
}

/** ` Did you mean "x"?`, or nothing when no known name is near. */
export function didYouMean(found: string, known: readonly string[]): string {
  const name = nearest(found, known)
  return name === undefined ? "" : ` Did you mean "${name}"?`
}
