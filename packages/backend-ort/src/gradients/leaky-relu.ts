import { engine, type GradConfig, greater, LeakyRelu, mul, type Tensor, where } from "@tensorflow/tfjs-core"

/** As relu.ts, for slopes in (0, 1]: there the output has the sign of the input, and the slope is a maximum. */
export const leakyReluGradient: GradConfig = {
  kernelName: LeakyRelu,
  inputsToSave: ["x"],
  outputsToSave: [true],
  gradFunc: (dy, saved, attrs) => {
    const [x, y] = saved as [Tensor, Tensor]
    const alpha = attrs.alpha as number
    const ours = engine().backendName === "ort" && alpha > 0 && alpha <= 1
    return {
      x: () =>
        ours
          ? engine().runKernel("LeakyReluGrad", { dy: dy as Tensor, y }, { alpha })
          : where(greater(x, 0), dy as Tensor, mul(dy as Tensor, alpha)),
    }
  },
}
