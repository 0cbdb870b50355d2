import type { StoredCounterfactual } from "@ifnormal/core"

/** Stamps from the best to the worst: of two counterfactuals of an image, the one nearer to the front explains more. */
export const stampOrder = ["valid", "fragile", "not-distinct", "too-far", "target-missed"] as const

/** The best counterfactual: by stamp, then by distance to the original. undefined of none. */
export const bestOf = <T extends StoredCounterfactual>(made: readonly T[]): T | undefined =>
  [...made].sort(
    (a, b) => stampOrder.indexOf(a.status) - stampOrder.indexOf(b.status) || a.distance - b.distance,
  )[0]

/** Counterfactuals by generator, in the order of `generators`; one group without a name where a run has no generators. */
export function byGenerator<T extends StoredCounterfactual>(
  made: readonly T[],
  generators?: readonly string[],
): { readonly generator?: string; readonly made: readonly T[] }[] {
  if (!generators) return [{ made }]
  return generators
    .map((generator) => ({ generator, made: made.filter((one) => one.generator === generator) }))
    .filter(({ made: ofIt }) => ofIt.length > 0)
}

/** "concept 2"; of a generator that needs no training "nearest", or "nearest 2" where it made several for an image. */
export function nameOf(made: StoredCounterfactual, all: readonly StoredCounterfactual[]): string {
  if (made.generator === undefined) return `concept ${made.concept + 1}`
  const several = all.some((other) => other.generator === made.generator && other.concept !== made.concept)
  return several ? `${made.generator} ${made.concept + 1}` : made.generator
}
