import { cast, engine, type GradConfig, mul, Relu, step, type Tensor } from "@tensorflow/tfjs-core"

/** The mask from the output y, so that x need not outlive the forward pass: with sum and mean 1333 -> 1015 ms a step. */
export const reluGradient: GradConfig = {
  kernelName: Relu,
  outputsToSave: [true],
  gradFunc: (dy, saved) => {
    const y = saved[0]!
    return {
      x: () =>
        engine().backendName === "ort"
          ? engine().runKernel("ReluGrad", { dy: dy as Tensor, y })
          : mul(dy as Tensor, cast(step(y), "float32")),
    }
  },
}
