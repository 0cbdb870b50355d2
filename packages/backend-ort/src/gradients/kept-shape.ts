import { util } from "@tensorflow/tfjs-core"

/** `shape` with 1 in place of each reduced axis. */
export function keptShape(shape: number[], axis: number | number[]): number[] {
  const axes = util.parseAxisParam(axis, shape)
  return shape.map((dim, i) => (axes.includes(i) ? 1 : dim))
}
