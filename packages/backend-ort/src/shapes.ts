import { util } from "@tensorflow/tfjs-core"

export type Shape = readonly number[]

export const size = (shape: Shape): number => {
  let product = 1
  for (const dim of shape) product *= dim
  return product
}

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((dim, i) => dim === b[i])

/** Positive axes, ascending; all axes when undefined. */
export const positiveAxes = (axis: number | number[] | undefined | null, shape: Shape): number[] =>
  util.parseAxisParam(axis as number | number[], shape as number[]).sort((a, b) => a - b)

export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
