import {
  AvgPool,
  AvgPool3D,
  AvgPool3DGrad,
  AvgPoolGrad,
  backend_util,
  engine,
  type GradConfig,
  mul,
  type NamedAttrMap,
  type Tensor,
  tensor,
} from "@tensorflow/tfjs-core"

interface Axis {
  readonly length: number
  readonly positions: number
  readonly window: number
  readonly stride: number
  readonly before: number
}

interface PoolAttrs {
  readonly filterSize: number | [number, number]
  readonly strides: number | [number, number]
  readonly pad: "same" | "valid" | number
  readonly dimRoundingMode?: "floor"
}

function heightAndWidth(info: backend_util.Conv2DInfo | backend_util.Conv3DInfo): Axis[] {
  return [
    {
      length: info.inHeight,
      positions: info.outHeight,
      window: info.filterHeight,
      stride: info.strideHeight,
      before: info.padInfo.top,
    },
    {
      length: info.inWidth,
      positions: info.outWidth,
      window: info.filterWidth,
      stride: info.strideWidth,
      before: info.padInfo.left,
    },
  ]
}

function axes2d(shape: number[], { filterSize, strides, pad, dimRoundingMode }: PoolAttrs): Axis[] {
  const x = shape as [number, number, number, number]
  const info = backend_util.computePool2DInfo(x, filterSize, strides, 1, pad, dimRoundingMode)
  return heightAndWidth(info)
}

function axes3d(shape: number[], attrs: PoolAttrs): Axis[] {
  const info = backend_util.computePool3DInfo(
    shape as [number, number, number, number, number],
    attrs.filterSize as number,
    attrs.strides as number,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
    "NDHWC",
  )
  return [
    {
      length: info.inDepth,
      positions: info.outDepth,
      window: info.filterDepth,
      stride: info.strideDepth,
      before: info.padInfo.front,
    },
    ...heightAndWidth(info),
  ]
}

/** Window size over the number of elements in the window, for each position along one axis. */
const ratios = ({ length, positions, window, stride, before }: Axis): number[] =>
  Array.from({ length: positions }, (_, position) => {
    const start = position * stride - before
    const count = Math.min(start + window, length) - Math.max(start, 0)
    return count > 0 ? window / count : 0
  })

const gradient = (
  kernelName: string,
  gradientKernel: string,
  axes: (shape: number[], attrs: PoolAttrs) => Axis[],
): GradConfig => ({
  kernelName,
  inputsToSave: ["x"],
  gradFunc: (dy, saved, attrs) => {
    const x = saved[0]!
    const perAxis = axes(x.shape, attrs as unknown as PoolAttrs).map(ratios)
    const whole = perAxis.flat().every((ratio) => ratio === 1)
    const product = perAxis.reduce((all, next) => all.flatMap((a) => next.map((b) => a * b)), [1])
    const shape = [1, ...perAxis.map((ratio) => ratio.length), 1]
    return {
      x: () => {
        const scaled = whole ? (dy as Tensor) : mul(dy as Tensor, tensor(product, shape))
        return engine().runKernel(gradientKernel, { dy: scaled, input: x }, attrs as NamedAttrMap) as Tensor
      },
    }
  },
})

/**
 * A window at a padded border averages the elements that are there; the gradient kernels of tfjs divide by the whole
 * window. So dy is scaled first.
 */
export const averagePoolGradients: readonly GradConfig[] = [
  gradient(AvgPool, AvgPoolGrad, axes2d),
  gradient(AvgPool3D, AvgPool3DGrad, axes3d),
]
