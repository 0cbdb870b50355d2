import { LostValueError } from "./errors.js"
import type { Values } from "./graph.js"
import type { LazyNode, Segment } from "./recorder.js"
import { size } from "./shapes.js"

/**
 * What may be baked into a graph: a fill with a literal value (kernels Fill, ZerosLike, OnesLike) that was made in this
 * segment, is no longer held by any tensor and was never a variable. All else is a graph input: uploads change from step
 * to step (learning rate, labels that happen to be uniform), and an optimizer's zero slots of the first step are values
 * in the second. So the first step has the structure of all later ones.
 */
export function isBaked(leaf: LazyNode, segment: Segment): boolean {
  return (
    leaf.op === "Fill" &&
    leaf.values === null &&
    leaf.born === segment.number &&
    leaf.references === 0 &&
    !leaf.state
  )
}

/** A number as text that tells all values apart; JSON writes NaN and both infinities as null, and -0 as 0. */
export const literal = (value: number): string => (Object.is(value, -0) ? "-0" : String(value))

const failures = new WeakMap<LazyNode, unknown>()

/** Marks what a failed step was to compute, so that a later read says so instead of giving a number. */
export function lose(nodes: readonly LazyNode[], cause: unknown): void {
  for (const node of nodes) {
    node.inputs = []
    failures.set(node, cause)
  }
}

/** Host values of a leaf; those of a fill are made on first need. Throws LostValueError after a failed step. */
export function leafValues(leaf: LazyNode): Values {
  if (leaf.values === null) {
    if (leaf.op !== "Fill") throw new LostValueError(leaf.op, failures.get(leaf))
    const count = size(leaf.shape)
    const value = leaf.attrs?.value as number
    if (leaf.dtype === "float32") leaf.values = new Float32Array(count).fill(value)
    else if (leaf.dtype === "int32") leaf.values = new Int32Array(count).fill(value)
    else leaf.values = new Uint8Array(count).fill(value)
  }
  return leaf.values
}
