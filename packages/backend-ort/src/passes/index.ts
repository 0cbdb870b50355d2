import type { Pass } from "../graph.js"
import { blockedLayout } from "./blocked-layout.js"
import { commonSubexpression } from "./common-subexpression.js"
import { deadCode } from "./dead-code.js"
import { filterGradient } from "./filter-gradient.js"

/** Names for `disablePasses`. "affine-folding" is a part of "blocked-layout". */
export const passNames = [
  "common-subexpression",
  "filter-gradient",
  "blocked-layout",
  "affine-folding",
  "dead-code",
] as const

/**
 * In this order: equal subgraphs merge while they are still few nodes; the filter gradient becomes a convolution of
 * its flat form; the layout is chosen; then its repeated filter reorders merge and unused conversions go.
 */
export function activePasses(disabled: readonly string[]): readonly Pass[] {
  const off = new Set(disabled)
  const fold = !off.has("affine-folding")
  const passes = [commonSubexpression, filterGradient, blockedLayout(fold), commonSubexpression, deadCode]
  return passes.filter((pass) => !off.has(pass.name))
}
