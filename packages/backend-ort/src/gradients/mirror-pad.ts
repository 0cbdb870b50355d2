import { add, type GradConfig, MirrorPad, pad, reverse, slice, type Tensor } from "@tensorflow/tfjs-core"

/** `size` elements of x along one axis from `begin` on. */
function cut(x: Tensor, axis: number, begin: number, size: number): Tensor {
  const begins = x.shape.map((_, i) => (i === axis ? begin : 0))
  return slice(
    x,
    begins,
    x.shape.map((dim, i) => (i === axis ? size : dim)),
  )
}

const surround = (x: Tensor, axis: number, before: number, after: number): Tensor =>
  pad(
    x,
    x.shape.map((_, i): [number, number] => (i === axis ? [before, after] : [0, 0])),
  )

/** Each mirrored border is folded back onto the elements that it repeats; tfjs-core 4.22 drops the borders. */
export const mirrorPadGradient: GradConfig = {
  kernelName: MirrorPad,
  gradFunc: (dy, _, attrs) => {
    const { paddings, mode } = attrs as unknown as { paddings: [number, number][]; mode: string }
    // "reflect" does not repeat the outermost element itself.
    const skip = mode === "reflect" ? 1 : 0
    const fold = (folded: Tensor, [before, after]: [number, number], axis: number): Tensor => {
      const size = folded.shape[axis]! - before - after
      let sum = cut(folded, axis, before, size)
      if (before > 0) {
        const border = reverse(cut(folded, axis, 0, before), axis)
        sum = add(sum, surround(border, axis, skip, size - before - skip))
      }
      if (after > 0) {
        const border = reverse(cut(folded, axis, before + size, after), axis)
        sum = add(sum, surround(border, axis, size - after - skip, skip))
      }
      return sum
    }
    return { x: () => paddings.reduce(fold, dy as Tensor) }
  },
}
