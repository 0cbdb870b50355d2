import * as tf from "@tensorflow/tfjs-core"
import { type GradientCase, spread } from "./case.js"

type Pad = "same" | "valid" | number | tf.backend_util.ExplicitPadding

interface Window {
  readonly name: string
  readonly x: readonly number[]
  readonly filter: readonly number[]
  readonly strides?: number | [number, number]
  readonly pad?: Pad
  readonly dilations?: number | [number, number]
  readonly rounding?: "floor" | "ceil" | "round"
}

const explicit: tf.backend_util.ExplicitPadding = [
  [0, 0],
  [1, 0],
  [2, 1],
  [0, 0],
]

const CROSSES = "a step crosses kinks"

/** 16 channels are whole blocks of the blocked layout on every processor (8 or 16). */
const windows: readonly Window[] = [
  { name: "pad same", x: [2, 4, 4, 2], filter: [3, 3, 2, 3] },
  { name: "pad valid, batch 1", x: [1, 4, 5, 2], filter: [3, 2, 2, 2], pad: "valid" },
  { name: "pad 1", x: [1, 4, 4, 2], filter: [3, 3, 2, 2], pad: 1 },
  { name: "explicit pads", x: [1, 4, 4, 2], filter: [3, 3, 2, 2], pad: explicit },
  { name: "stride 2, pad same", x: [2, 5, 4, 2], filter: [3, 3, 2, 3], strides: 2 },
  {
    name: "stride 2, pad valid, a row left over",
    x: [1, 6, 6, 2],
    filter: [3, 3, 2, 2],
    strides: 2,
    pad: "valid",
  },
  { name: "strides 2 and 1", x: [1, 5, 5, 1], filter: [3, 2, 1, 2], strides: [2, 1] },
  { name: "stride above the kernel", x: [1, 7, 7, 1], filter: [2, 2, 1, 2], strides: 3, pad: "valid" },
  { name: "pad 1 with floor", x: [1, 6, 6, 1], filter: [3, 3, 1, 2], strides: 2, pad: 1, rounding: "floor" },
  { name: "dilation 2, pad same", x: [1, 5, 5, 2], filter: [3, 3, 2, 2], dilations: 2 },
  {
    name: "dilations 2 and 1, pad valid",
    x: [1, 5, 4, 2],
    filter: [2, 2, 2, 2],
    dilations: [2, 1],
    pad: "valid",
  },
  { name: "kernel 1", x: [2, 3, 3, 3], filter: [1, 1, 3, 2] },
  { name: "kernel as large as the image", x: [2, 3, 3, 2], filter: [3, 3, 2, 4], pad: "valid" },
  { name: "kernel larger than the image, pad same", x: [1, 2, 2, 1], filter: [5, 5, 1, 2] },
  { name: "even kernel, pad same", x: [1, 4, 4, 1], filter: [4, 4, 1, 2] },
  { name: "blocked channels", x: [2, 4, 4, 16], filter: [3, 3, 16, 16] },
  { name: "blocked channels, stride 2", x: [2, 5, 5, 16], filter: [3, 3, 16, 16], strides: 2 },
  { name: "blocked channels, dilation 2", x: [1, 5, 5, 16], filter: [3, 3, 16, 16], dilations: 2 },
  { name: "blocked channels from 3", x: [2, 4, 4, 3], filter: [5, 5, 3, 16] },
  { name: "blocked channels to 20", x: [1, 4, 4, 16], filter: [3, 3, 16, 20] },
  { name: "blocked channels, kernel 1", x: [2, 3, 3, 16], filter: [1, 1, 16, 32] },
]

const dilated = ({ dilations = 1 }: Window): Partial<GradientCase> =>
  dilations === 1 ? {} : { withoutCpu: "tfjs-core has no gradient of a dilated convolution" }

const conv = (w: Window): GradientCase => ({
  name: w.name,
  inputs: [spread(w.x), spread(w.filter, -1, 1)],
  run: (x, filter) =>
    tf.conv2d(x, filter, w.strides ?? 1, w.pad ?? "same", "NHWC", w.dilations ?? 1, w.rounding),
  ...dilated(w),
})

/** conv2dTranspose of an image of dy's shape back to x's. */
const transposed = (w: Window, output: [number, number, number, number]): GradientCase => ({
  name: w.name,
  inputs: [spread(w.x), spread(w.filter, -1, 1)],
  run: (x, filter) => tf.conv2dTranspose(x, filter, output, w.strides ?? 1, w.pad ?? "same", w.rounding),
})

const depthwise = (w: Window): GradientCase => ({
  name: w.name,
  inputs: [spread(w.x), spread(w.filter, -1, 1)],
  run: (x, filter) =>
    tf.depthwiseConv2d(x, filter, w.strides ?? 1, w.pad ?? "same", "NHWC", w.dilations ?? 1, w.rounding),
})

interface Pool {
  readonly name: string
  readonly x: readonly number[]
  readonly size: number | [number, number]
  readonly strides: number | [number, number]
  readonly pad: Pad
  readonly rounding?: "floor" | "ceil" | "round"
}

const pools: readonly Pool[] = [
  { name: "2x2 tiles", x: [2, 4, 4, 2], size: 2, strides: 2, pad: "valid" },
  { name: "2x2 tiles, a row left over", x: [1, 5, 5, 1], size: 2, strides: 2, pad: "valid" },
  { name: "2x2 tiles, pad same", x: [1, 5, 5, 2], size: 2, strides: 2, pad: "same" },
  { name: "overlapping 3x3, stride 2", x: [1, 5, 5, 2], size: 3, strides: 2, pad: "valid" },
  { name: "overlapping 3x3, stride 1, pad same", x: [2, 4, 4, 1], size: 3, strides: 1, pad: "same" },
  {
    name: "overlapping 3x3, stride 2, pad 1, floor",
    x: [1, 6, 6, 1],
    size: 3,
    strides: 2,
    pad: 1,
    rounding: "floor",
  },
  { name: "2x3 tiles", x: [1, 4, 6, 2], size: [2, 3], strides: [2, 3], pad: "valid" },
  { name: "stride above the window", x: [1, 5, 5, 1], size: 2, strides: 3, pad: "valid" },
  { name: "1x1", x: [1, 2, 2, 2], size: 1, strides: 1, pad: "valid" },
  { name: "the whole image", x: [2, 3, 3, 2], size: 3, strides: 3, pad: "valid" },
  { name: "blocked channels", x: [2, 4, 4, 16], size: 2, strides: 2, pad: "valid" },
  { name: "blocked channels, overlapping", x: [1, 5, 5, 16], size: 3, strides: 2, pad: "same" },
]

const BORDER = "windows at the border average fewer elements, their gradient is spread over all"

/** Between two convolutions with blocked channels, so that the pool itself runs in the blocked layout. */
const betweenConvs = (pool: (x: tf.Tensor4D) => tf.Tensor4D): GradientCase => ({
  name: "between convolutions with blocked channels",
  inputs: [spread([2, 4, 4, 16]), spread([3, 3, 16, 16], -0.5, 0.5)],
  run: (x, filter) => tf.conv2d(pool(tf.conv2d(x, filter, 1, "same")), filter, 1, "same"),
})

// Far apart: a step of the differences must not exchange the largest and the second largest.
const far = (x: readonly number[]) => spread(x, -32, 32)

const sizes: readonly (readonly [number[], [number, number]])[] = [
  [
    [2, 3, 4, 2],
    [6, 8],
  ],
  [
    [2, 3, 3, 1],
    [7, 5],
  ],
  [
    [2, 6, 6, 1],
    [3, 3],
  ],
  [
    [1, 5, 4, 2],
    [3, 7],
  ],
  [
    [1, 1, 1, 2],
    [3, 2],
  ],
  [
    [2, 2, 2, 16],
    [4, 4],
  ],
]

const resizes = (
  run: (x: tf.Tensor4D, size: [number, number], align: boolean, half: boolean) => tf.Tensor,
  wrong: (shape: readonly number[], mode: string) => string | undefined,
): readonly GradientCase[] =>
  sizes.flatMap(([shape, size]) =>
    [
      { mode: "asymmetric", align: false, half: false },
      { mode: "align corners", align: true, half: false },
      { mode: "half-pixel centers", align: false, half: true },
    ].map(({ mode, align, half }) => ({
      name: `[${shape}] to ${size.join("x")}, ${mode}`,
      inputs: [spread(shape)],
      run: (x: tf.Tensor4D) => run(x, size, align, half),
      withoutCpu: wrong(shape, mode),
    })),
  )

const batchNorm = (shape: number[], of: number[]): GradientCase => ({
  name: `[${shape}] with statistics [${of}]`,
  inputs: [spread(shape), spread(of, -1, 1), spread(of, 0.5, 2), spread(of, -0.5, 1), spread(of, 0.5, 1.5)],
  run: (x, mean, variance, offset, scale) => tf.batchNorm(x, mean, variance, offset, scale, 0.01),
})

export const windowed: Readonly<Record<string, readonly GradientCase[]>> = {
  Conv2D: [
    ...windows.map(conv),
    {
      name: "channels first",
      inputs: [spread([1, 2, 4, 4]), spread([3, 3, 2, 2], -1, 1)],
      run: (x, filter) => tf.conv2d(x, filter, 1, 1, "NCHW"),
      withoutDifferences: "tfjs-core's gradient kernels take NHWC only on the cpu backend",
    },
    {
      name: "one image without a batch axis",
      inputs: [spread([4, 4, 2]), spread([3, 3, 2, 2], -1, 1)],
      run: (x, filter) => tf.conv2d(x, filter, 1, "same"),
    },
    {
      name: "conv1d",
      inputs: [spread([2, 6, 2]), spread([3, 2, 2], -1, 1)],
      run: (x, filter) => tf.conv1d(x, filter, 2, "same"),
    },
    {
      name: "bias and leaky ReLU after it, blocked channels",
      inputs: [spread([2, 3, 3, 16]), spread([3, 3, 16, 16], -1, 1), spread([16], -1, 1)],
      run: (x, filter, bias) => tf.leakyRelu(tf.add(tf.conv2d(x, filter, 1, "same"), bias), 0.1),
      withoutDifferences: CROSSES,
    },
    {
      name: "bias and ReLU after it, blocked channels",
      inputs: [spread([2, 3, 3, 16]), spread([3, 3, 16, 16], -1, 1), spread([16], -1, 1)],
      run: (x, filter, bias) => tf.relu(tf.add(tf.conv2d(x, filter, 1, "same"), bias)),
      withoutDifferences: CROSSES,
    },
    {
      name: "one filter used twice, blocked channels",
      inputs: [spread([1, 3, 3, 16], -1, 1), spread([3, 3, 16, 16], -0.1, 0.1)],
      run: (x, filter) => tf.conv2d(tf.tanh(tf.conv2d(x, filter, 1, "same")), filter, 1, "same"),
    },
  ],
  Conv2DBackpropInput: [
    transposed({ name: "pad same", x: [2, 3, 3, 2], filter: [3, 3, 3, 2] }, [2, 3, 3, 3]),
    transposed(
      { name: "stride 2, pad same", x: [2, 3, 3, 2], filter: [3, 3, 3, 2], strides: 2 },
      [2, 6, 6, 3],
    ),
    transposed(
      { name: "stride 2, pad same, odd", x: [1, 3, 3, 2], filter: [4, 4, 1, 2], strides: 2 },
      [1, 5, 5, 1],
    ),
    transposed(
      { name: "stride 2, pad valid", x: [1, 2, 3, 2], filter: [3, 3, 2, 2], strides: 2, pad: "valid" },
      [1, 5, 7, 2],
    ),
    transposed(
      { name: "stride 2, pad 1", x: [1, 3, 3, 1], filter: [4, 4, 2, 1], strides: 2, pad: 1 },
      [1, 6, 6, 2],
    ),
    transposed(
      { name: "blocked channels", x: [1, 3, 3, 16], filter: [4, 4, 16, 16], strides: 2, pad: "same" },
      [1, 6, 6, 16],
    ),
  ],
  Conv3D: [
    {
      name: "pad same",
      inputs: [spread([1, 3, 3, 3, 1]), spread([2, 2, 2, 1, 2], -1, 1)],
      run: (x, filter) => tf.conv3d(x, filter, 1, "same"),
    },
    {
      name: "stride 2, pad valid",
      inputs: [spread([1, 4, 4, 4, 1]), spread([2, 2, 2, 1, 2], -1, 1)],
      run: (x, filter) => tf.conv3d(x, filter, 2, "valid"),
    },
  ],
  DepthwiseConv2dNative: [
    depthwise({ name: "pad same", x: [2, 4, 4, 3], filter: [3, 3, 3, 1] }),
    depthwise({ name: "two filters a channel", x: [1, 4, 4, 2], filter: [3, 3, 2, 2] }),
    depthwise({
      name: "stride 2, pad valid",
      x: [1, 5, 5, 2],
      filter: [3, 3, 2, 1],
      strides: 2,
      pad: "valid",
    }),
    depthwise({ name: "pad 1", x: [2, 4, 4, 2], filter: [3, 3, 2, 1], pad: 1 }),
    depthwise({ name: "blocked channels", x: [2, 4, 4, 16], filter: [3, 3, 16, 1] }),
    {
      name: "separable convolution, built of it",
      inputs: [spread([1, 4, 4, 2]), spread([3, 3, 2, 2], -1, 1), spread([1, 1, 4, 2], -1, 1)],
      run: (x, depth, point) => tf.separableConv2d(x, depth, point, 1, "same"),
    },
  ],
  Dilation2D: [
    {
      name: "pad same",
      inputs: [far([1, 4, 4, 2]), spread([2, 2, 2], -1, 1)],
      run: (x, filter) => tf.dilation2d(x, filter, 1, "same"),
    },
    {
      name: "stride 2, pad valid",
      inputs: [far([1, 5, 5, 1]), spread([2, 2, 1], -1, 1)],
      run: (x, filter) => tf.dilation2d(x, filter, 2, "valid"),
    },
  ],
  AvgPool: [
    ...pools.map((p) => ({
      name: p.name,
      inputs: [spread(p.x)],
      run: (x: tf.Tensor4D) => tf.avgPool(x, p.size, p.strides, p.pad, p.rounding),
      ...(p.pad === "valid" ? {} : { withoutCpu: BORDER }),
    })),
    betweenConvs((x) => tf.avgPool(x, 2, 2, "valid")),
  ],
  MaxPool: [
    ...pools.map((p) => ({
      name: p.name,
      inputs: [far(p.x)],
      run: (x: tf.Tensor4D) => tf.maxPool(x, p.size, p.strides, p.pad, p.rounding),
    })),
    { ...betweenConvs((x) => tf.maxPool(x, 2, 2, "valid")), withoutDifferences: CROSSES },
  ],
  AvgPool3D: [
    {
      name: "2x2x2 tiles",
      inputs: [spread([1, 4, 2, 4, 2])],
      run: (x) => tf.avgPool3d(x, 2, 2, "valid"),
    },
    {
      name: "overlapping",
      inputs: [spread([1, 3, 3, 3, 1])],
      run: (x) => tf.avgPool3d(x, 2, 1, "same"),
      withoutCpu: BORDER,
    },
  ],
  MaxPool3D: [
    {
      name: "2x2x2 tiles",
      inputs: [far([1, 4, 2, 4, 2])],
      run: (x) => tf.maxPool3d(x, 2, 2, "valid"),
    },
    {
      name: "overlapping",
      inputs: [far([1, 3, 3, 3, 1])],
      run: (x) => tf.maxPool3d(x, 2, 1, "same"),
    },
  ],
  LRN: [
    {
      name: "radius 1",
      inputs: [spread([1, 2, 2, 5])],
      run: (x) => tf.localResponseNormalization(x, 1, 1, 0.5, 0.75),
    },
    {
      name: "radius above the depth",
      inputs: [spread([2, 1, 2, 3])],
      run: (x) => tf.localResponseNormalization(x, 5, 2, 0.3, 0.5),
    },
  ],
  FusedBatchNorm: [
    batchNorm([2, 2, 2, 3], [3]),
    batchNorm([4, 3], [3]),
    batchNorm([2, 2, 3], [2, 2, 3]),
    batchNorm([2, 2, 2, 16], [16]),
  ],
  ResizeBilinear: resizes(tf.image.resizeBilinear, ([, height, width], mode) =>
    height !== width
      ? "height and width are exchanged in the shape"
      : mode === "half-pixel centers"
        ? "ignores half-pixel centers"
        : undefined,
  ),
  ResizeNearestNeighbor: resizes(tf.image.resizeNearestNeighbor, ([batch, height], mode) =>
    batch! > 1
      ? "reads dy of the first image"
      : height === 1
        ? "does not end for one pixel with aligned corners"
        : mode === "half-pixel centers"
          ? "ignores half-pixel centers"
          : undefined,
  ),
}
