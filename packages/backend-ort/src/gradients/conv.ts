import {
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  engine,
  type GradConfig,
  type NamedAttrMap,
  pad,
  reshape,
  slice,
  stridedSlice,
  type Tensor,
} from "@tensorflow/tfjs-core"

type Pair = [number, number]

/** [h, w, in, out] -> [(h - 1) d + 1, (w - 1) d + 1, in, out] with zeros between. */
function dilate(filter: Tensor, [rows, columns]: Pair): Tensor {
  const [h, w, channels, out] = filter.shape as [number, number, number, number]
  const cells = reshape(filter, [h, 1, w, channels * out])
  const tall = reshape(pad(cells, [[0, 0], [0, rows - 1], [0, 0], [0, 0]]), [h * rows, w, 1, channels * out]) // biome-ignore format: pairs
  const wide = pad(tall, [[0, 0], [0, 0], [0, columns - 1], [0, 0]]) // biome-ignore format: pairs
  const full = reshape(wide, [h * rows, w * columns, channels, out])
  return slice(full, [0, 0, 0, 0], [(h - 1) * rows + 1, (w - 1) * columns + 1, channels, out])
}

/**
 * Of dilated convolutions too, as those of a filter that has zeros between; tfjs-core 4.22 throws there. (For depthwise
 * ones its own specs demand that it throws.)
 */
export const convGradient: GradConfig = {
  kernelName: Conv2D,
  inputsToSave: ["x", "filter"],
  gradFunc: (dy, saved, attrs) => {
    const [x, filter] = saved as [Tensor, Tensor]
    const given = (attrs.dilations ?? 1) as number | Pair
    const dilations: Pair = typeof given === "number" ? [given, given] : given
    const plain = dilations.every((dilation) => dilation === 1)
    const run = (kernel: string, inputs: Record<string, Tensor>, more: NamedAttrMap): Tensor =>
      engine().runKernel(kernel, inputs, { ...attrs, dilations: [1, 1], ...more } as NamedAttrMap) as Tensor
    return {
      x: () => {
        const wide = plain ? filter : dilate(filter, dilations)
        return run(Conv2DBackpropInput, { dy: dy as Tensor, filter: wide }, { inputShape: x.shape })
      },
      filter: () => {
        const [h, w, channels, out] = filter.shape as [number, number, number, number]
        const extent = [(h - 1) * dilations[0] + 1, (w - 1) * dilations[1] + 1, channels, out]
        const wide = run(Conv2DBackpropFilter, { x, dy: dy as Tensor }, { filterShape: extent })
        return plain ? wide : stridedSlice(wide, [0, 0, 0, 0], extent, [...dilations, 1, 1])
      },
    }
  },
}
