import type { Operator, Operators } from "../call.js"
import { convolution } from "./convolution.js"
import { elementwise } from "./elementwise.js"
import { gathers } from "./gather.js"
import { products } from "./matmul.js"
import { normalizations } from "./normalization.js"
import { pooling } from "./pooling.js"
import { reductions } from "./reduce.js"
import { resizing } from "./resize.js"
import { shapes } from "./shape.js"

const operators: Operators = {
  ...convolution,
  ...elementwise,
  ...gathers,
  ...normalizations,
  ...pooling,
  ...products,
  ...reductions,
  ...resizing,
  ...shapes,
}

/** The operators of the standard domain that are computed. */
export const knownOperators: readonly string[] = Object.keys(operators).sort()

export function operatorOf(op: string): Operator | undefined {
  return Object.hasOwn(operators, op) ? operators[op] : undefined
}
