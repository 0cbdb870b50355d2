import { Cumsum, cumsum, type GradConfig, type Tensor } from "@tensorflow/tfjs-core"

/** tfjs-core 4.22 transposes the result where the axis is not the last one. */
export const cumsumGradient: GradConfig = {
  kernelName: Cumsum,
  gradFunc: (dy, _, attrs) => {
    const { axis, exclusive, reverse } = attrs as unknown as {
      axis: number
      exclusive: boolean
      reverse: boolean
    }
    return { x: () => cumsum(dy as Tensor, axis, exclusive, !reverse) }
  },
}
