import { broadcastTo, div, type GradConfig, Mean, reshape, type Tensor, util } from "@tensorflow/tfjs-core"
import { keptShape } from "./kept-shape.js"

/** As sum.ts; the division comes before the broadcast, on the small side. */
export const meanGradient: GradConfig = {
  kernelName: Mean,
  inputsToSave: ["x"],
  gradFunc: (dy, saved, attrs) => {
    const x = saved[0]!
    const kept = keptShape(x.shape, attrs.axis as number | number[])
    const count = util.sizeFromShape(x.shape) / util.sizeFromShape(kept)
    return { x: () => broadcastTo(reshape(div(dy as Tensor, count), kept), x.shape) }
  },
}
