import {
  cumprod,
  type GradConfig,
  mul,
  Prod,
  reshape,
  type Tensor,
  transpose,
  util,
} from "@tensorflow/tfjs-core"

/** The product of the other elements: of those before times those after. tfjs-core 4.22 takes no negative axis. */
export const prodGradient: GradConfig = {
  kernelName: Prod,
  inputsToSave: ["x"],
  gradFunc: (dy, saved, attrs) => {
    const x = saved[0]!
    const axes = util.parseAxisParam(attrs.axis as number | number[], x.shape)
    const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
    const order = [...kept, ...axes]
    const outer = kept.map((axis) => x.shape[axis]!)
    return {
      x: () => {
        const moved = transpose(x, order)
        const rows = reshape(moved, [...outer, axes.reduce((size, axis) => size * x.shape[axis]!, 1)])
        const others = mul(cumprod(rows, outer.length, true, false), cumprod(rows, outer.length, true, true))
        const gradient = mul(reshape(dy as Tensor, [...outer, 1]), others)
        return transpose(
          reshape(gradient, moved.shape),
          order.map((_, axis) => order.indexOf(axis)),
        )
      },
    }
  },
}
