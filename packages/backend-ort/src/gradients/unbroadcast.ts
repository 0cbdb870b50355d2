import { broadcast_util, reshape, sum, type Tensor } from "@tensorflow/tfjs-core"

/** `gradient` summed over the axes along which a tensor of `shape` was broadcast. */
export function unbroadcast(gradient: Tensor, shape: number[]): Tensor {
  const axes = broadcast_util.getReductionAxes(shape, gradient.shape)
  return reshape(axes.length > 0 ? sum(gradient, axes) : gradient, shape)
}
