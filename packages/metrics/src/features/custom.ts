import { sha256 } from "@ifnormal/core"
import { type Preprocessing, standardized } from "./preprocess.js"
import { type InceptionRecipe, inceptionPreprocessing } from "./recipes.js"

type Triple = readonly [number, number, number]

/** How images reach a network of one's own. */
export interface CustomInput {
  /** Resize and scale of an Inception recipe, for a network that is Inception; then nothing else may be given. */
  readonly recipe?: InceptionRecipe
  /** Default "pillow-bilinear", which torchvision's transforms do to pictures. */
  readonly resize?: Preprocessing["resize"]
  /** Of RGB in [0, 1], default 0: ((byte / 255) - mean) / std. */
  readonly mean?: Triple
  /** Default 1; 1/255 gives values 0..255. */
  readonly std?: Triple
}

/** What is done to images before a network of one's own that sees `size`. */
export function customPreprocessing(
  { recipe, resize = "pillow-bilinear", mean = [0, 0, 0], std = [1, 1, 1] }: CustomInput,
  size: readonly [height: number, width: number],
): Preprocessing {
  return recipe ? { ...inceptionPreprocessing[recipe], size } : { size, resize, ...standardized(mean, std) }
}

/**
 * "custom:" and 12 digits of the network's sha256; behind it what is not the default, since other numbers come out.
 * @param hash sha256 of the network
 */
export function customRecipe(hash: string, input: CustomInput, preprocessing: Preprocessing): string {
  const name = `custom:${hash.slice(0, 12)}`
  if (input.recipe) return `${input.recipe}/${name}`
  const plain = customPreprocessing({}, preprocessing.size)
  if (JSON.stringify(preprocessing) === JSON.stringify(plain)) return name
  const { mean, std } = input
  const parts = [
    preprocessing.resize !== plain.resize && preprocessing.resize,
    mean && `mean ${mean.join(",")}`,
    std && `std ${std.map((value) => Number(value.toPrecision(4))).join(",")}`,
  ]
  return `${name} (${parts.filter(Boolean).join(", ")})`
}

/** Identity of a network of one's own and all that is done to images before it. */
export const customId = (hash: string, preprocessing: Preprocessing, more: string): string =>
  `custom:${hash}:${sha256(new TextEncoder().encode(JSON.stringify([preprocessing, more])))}`
