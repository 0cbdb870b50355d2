import { ConfigError, DataError, type ImageShape, ShapeError } from "@ifnormal/core"
import { filter, gaussian, reflect, uniform } from "./window.js"

/**
 * Which published way of computing SSIM:
 * - "scikit-image": structural_similarity with its defaults: uniform 7x7 window, sample covariance, pixels whose window
 *   reaches over the border are left out.
 * - "wang": Wang et al. 2004 as scikit-image computes it (gaussian_weights=True, sigma=1.5, use_sample_covariance=False):
 *   Gaussian 11x11 window, border left out.
 * - "torchmetrics": structural_similarity_index_measure: the same Gaussian window, images continued beyond the border by
 *   reflection so that every pixel counts, variances not below 0.
 */
export const SSIM_RECIPES = ["scikit-image", "wang", "torchmetrics"] as const
export type SsimRecipe = (typeof SSIM_RECIPES)[number]

interface Form {
  /** Weights of one row of the window, odd in number. */
  readonly window: Float64Array
  /** What variances and the covariance are multiplied with. */
  readonly covariance: number
  /** Continue the image by reflection instead of leaving the border out. */
  readonly reflect: boolean
  /** Smallest side. */
  readonly side: number
  readonly text: string
}
const forms: Readonly<Record<SsimRecipe, Form>> = {
  "scikit-image": {
    window: uniform(7),
    covariance: 49 / 48,
    reflect: false,
    side: 7,
    text: "scikit-image defaults: uniform 7x7, sample covariance, border of 3 left out",
  },
  wang: {
    window: gaussian(11, 1.5),
    covariance: 1,
    reflect: false,
    side: 11,
    text: "Wang 2004 in scikit-image: Gaussian 11x11, sigma 1.5, border of 5 left out",
  },
  torchmetrics: {
    window: gaussian(11, 1.5),
    covariance: 1,
    reflect: true,
    side: 6,
    text: "torchmetrics: Gaussian 11x11, sigma 1.5, border reflected",
  },
}

export interface SsimOptions {
  /** Default "scikit-image". */
  readonly recipe?: SsimRecipe
  /** Largest minus smallest value that images can have, above 0: 1 for [0, 1], 255 for bytes. */
  readonly dataRange: number
}

/** The recipe's description for a result, such as "SSIM (torchmetrics: ...), data range 1". */
export function ssimRecipe({ recipe = "scikit-image", dataRange }: SsimOptions): string {
  return `SSIM (${forms[recipe].text}), K1 0.01, K2 0.03, data range ${dataRange}`
}

/** Smallest height and width that a recipe takes: 7, 11 or 6. */
export function ssimMinimumSide(recipe: SsimRecipe): number {
  return forms[recipe].side
}

/**
 * Structural similarity of two images: mean over pixels and channels, in [-1, 1], 1 for equal images. Constant images are
 * no special case. Computed in float64.
 * @param a,b [height * width * channels], HWC
 * @throws ShapeError "ssim-shape", "ssim-size"; DataError "ssim-nan"; ConfigError "ssim-range"
 */
export function ssim(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  shape: ImageShape,
  options: SsimOptions,
): number {
  const { recipe = "scikit-image", dataRange } = options
  const form = forms[recipe]
  refuse(a, b, shape, recipe, dataRange)
  const [c1, c2] = [(0.01 * dataRange) ** 2, (0.03 * dataRange) ** 2]
  const channels = shape[2]
  let sum = 0
  for (let channel = 0; channel < channels; channel++) {
    const [x, y] = [a, b].map((image) => plane(image, shape, channel, form))
    const moment = (f: (i: number) => number) =>
      filter({ ...x!, data: x!.data.map((_, i) => f(i)) }, form.window).data
    const [p, q] = [x!.data, y!.data]
    const meanX = moment((i) => p[i]!)
    const meanY = moment((i) => q[i]!)
    const meanXX = moment((i) => p[i]! * p[i]!)
    const meanYY = moment((i) => q[i]! * q[i]!)
    const meanXY = moment((i) => p[i]! * q[i]!)
    let of = 0
    for (let i = 0; i < meanX.length; i++) {
      const [mx, my] = [meanX[i]!, meanY[i]!]
      let varianceX = form.covariance * (meanXX[i]! - mx * mx)
      let varianceY = form.covariance * (meanYY[i]! - my * my)
      if (recipe === "torchmetrics") [varianceX, varianceY] = [Math.max(0, varianceX), Math.max(0, varianceY)]
      const covariance = form.covariance * (meanXY[i]! - mx * my)
      of +=
        ((2 * mx * my + c1) * (2 * covariance + c2)) /
        ((mx * mx + my * my + c1) * (varianceX + varianceY + c2))
    }
    sum += of / meanX.length
  }
  return sum / channels
}

/** One channel in float64, continued by reflection where the recipe asks for it. */
function plane(image: ArrayLike<number>, [height, width, channels]: ImageShape, channel: number, form: Form) {
  const data = new Float64Array(height * width)
  for (let i = 0; i < data.length; i++) data[i] = image[i * channels + channel]!
  return form.reflect
    ? reflect({ data, height, width }, (form.window.length - 1) / 2)
    : { data, height, width }
}

function refuse(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  shape: ImageShape,
  recipe: SsimRecipe,
  dataRange: number,
): void {
  const [height, width, channels] = shape
  if (!(dataRange > 0 && dataRange < Number.POSITIVE_INFINITY))
    throw new ConfigError({
      code: "ssim-range",
      message: `The data range of SSIM is ${dataRange}, expected a number above 0.`,
      next: "Pass 1 for images in [0, 1], 255 for bytes.",
    })
  const size = height * width * channels
  if (a.length !== size || b.length !== size || size === 0)
    throw new ShapeError({
      code: "ssim-shape",
      message: `SSIM got ${a.length} and ${b.length} values, expected ${size} each for images of shape [${shape.join(", ")}].`,
      next: "Compare two images of one size and number of channels.",
    })
  const { side } = forms[recipe]
  if (Math.min(height, width) < side)
    throw new ShapeError({
      code: "ssim-size",
      message: `SSIM as ${recipe} computes it needs images of at least ${side}x${side} pixels, found ${width}x${height}.`,
      next: "Compare larger images, or leave SSIM out.",
    })
  for (const image of [a, b])
    for (let i = 0; i < size; i++)
      if (!Number.isFinite(image[i]!))
        throw new DataError({
          code: "ssim-nan",
          message: `An image of SSIM holds ${image[i]} at position ${i} of ${size}, expected finite numbers.`,
          next: "Check the generator that made it: its weights are broken.",
        })
}
