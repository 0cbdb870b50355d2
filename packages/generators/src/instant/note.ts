import type { Found } from "./descend.js"

/** One sentence on why a concept has no counterfactual, or on what its result is worth; undefined where all is well. */
export function noteOf({ best, steps, end, sensitivity }: Found, concept: number): string | undefined {
  const one = best[concept]!
  if (one.reach === "robust")
    return steps === 0 ? "The image reaches the target as it is; nothing was changed." : undefined
  const score = one.score.toFixed(3)
  if (one.reach === "clean")
    return `Reaches the target as it is, at score ${score}, but not under a little noise within ${steps} steps.`
  if (end === "flat") return `The detector is flat here: its gradient is 0 at score ${score}.`
  const peak = sensitivity[concept] ?? Number.POSITIVE_INFINITY
  const why =
    peak < 1e-8
      ? `the gradient vanished (largest entry ${peak.toExponential(1)})`
      : end === "seconds"
        ? `the time ended after ${steps} steps`
        : end === "stopped"
          ? `the search was stopped after ${steps} steps`
          : `the budget of ${steps} steps ended`
  return `No counterfactual found: ${why} at score ${score}, target ${one.alpha}.`
}
