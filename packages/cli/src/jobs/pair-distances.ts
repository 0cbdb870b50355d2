import { type ImageShape, toTensor } from "@ifnormal/core"
import { type Lpips, type SsimRecipe, ssim } from "@ifnormal/metrics"
import * as tf from "@tensorflow/tfjs-core"
import type { DistanceName } from "../menu/lpips.js"
import type { ImagePair } from "./pairs.js"

/** Distances of one pair; what was not asked for is absent. */
export type Distances = { readonly [name in DistanceName]?: number } & {
  /** LPIPS by layer of the trunk; they add up to `lpips`. */
  readonly lpipsLayers?: readonly number[]
}

/** Recipes of the plain differences. */
export const pixelRecipes = {
  mse: "mean over pixels and channels of (a - b)^2, images in [0, 1]",
  l1: "mean over pixels and channels of |a - b|, images in [0, 1]",
  l2: "root of the sum over pixels and channels of (a - b)^2, images in [0, 1]",
} as const

/** LPIPS of pairs of one shape, layer by layer, and its recipe. */
export async function lpipsOfPairs(
  pairs: readonly ImagePair[],
  lpips: Lpips,
  upsample: number | undefined,
): Promise<{ distances: Distances[]; recipe: string }> {
  const shape = pairs[0]!.shape
  const [a, b] = ([0, 1] as const).map((side) =>
    stack(
      pairs.map(({ bytes }) => bytes[side]),
      shape,
    ),
  )
  const { values, layers, recipe } = await lpips
    .distances(a!, b!, { range: "unit", upsample })
    .finally(() => tf.dispose([a!, b!]))
  const distances = pairs.map((_, i) => ({
    lpips: values[i]!,
    lpipsLayers: layers.map((layer) => layer[i]!),
  }))
  return { distances, recipe }
}

function stack(images: readonly Uint8Array[], shape: ImageShape): tf.Tensor4D {
  const size = shape[0] * shape[1] * shape[2]
  const all = new Uint8Array(images.length * size)
  for (const [i, image] of images.entries()) all.set(image, i * size)
  return toTensor(all, images.length, shape)
}

/** SSIM on bytes, and the plain differences; float64. */
export function pixelDistances(
  { bytes: [a, b], shape }: ImagePair,
  wanted: readonly DistanceName[],
  recipe: SsimRecipe,
): Distances {
  let [squares, absolutes] = [0, 0]
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i]! - b[i]!) / 255
    squares += difference * difference
    absolutes += Math.abs(difference)
  }
  return {
    ...(wanted.includes("ssim") && { ssim: ssim(a, b, shape, { recipe, dataRange: 255 }) }),
    ...(wanted.includes("mse") && { mse: squares / a.length }),
    ...(wanted.includes("l1") && { l1: absolutes / a.length }),
    ...(wanted.includes("l2") && { l2: Math.sqrt(squares) }),
  }
}
