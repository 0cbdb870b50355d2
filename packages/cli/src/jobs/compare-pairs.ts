import type { Lpips, SsimRecipe } from "@ifnormal/metrics"
import type { DistanceName } from "../menu/lpips.js"
import type { Output } from "../output.js"
import { type Distances, lpipsOfPairs, pixelDistances } from "./pair-distances.js"
import { type FilePair, type ImagePair, readPair } from "./pairs.js"

/** One pair in the result. */
export type PairResult = {
  readonly name: string
  readonly width: number
  readonly height: number
  readonly channels: number
} & Distances

export interface Comparison {
  readonly pairs: readonly PairResult[]
  /** LPIPS's recipes: one for each size that the images have. */
  readonly lpipsRecipes: readonly string[]
}

export interface CompareOptions {
  readonly metric: readonly DistanceName[]
  readonly ssim: SsimRecipe
  readonly upsample?: number
  /** Needed where `metric` has "lpips". */
  readonly lpips?: Lpips
  /** Called with the number of pairs that are done. */
  readonly onProgress: (done: number) => void
}

/** Pixels of the pairs that are held at once. */
const PART_PIXELS = 2 ** 22

/** Decodes and measures pair by pair; neighbors of one size go through the trunk together. */
export async function comparePairs(
  files: readonly FilePair[],
  options: CompareOptions,
  output: Pick<Output, "note">,
): Promise<Comparison> {
  const pairs: PairResult[] = []
  const recipes = new Set<string>()
  const measure = async (part: readonly ImagePair[]) => {
    const found = options.lpips && (await lpipsOfPairs(part, options.lpips, options.upsample))
    if (found) recipes.add(found.recipe)
    for (const [i, pair] of part.entries()) {
      const [height, width, channels] = pair.shape
      const pixels = pixelDistances(pair, options.metric, options.ssim)
      pairs.push({ name: pair.name, width, height, channels, ...found?.distances[i], ...pixels })
    }
    options.onProgress(pairs.length)
  }
  let part: ImagePair[] = []
  for (const file of files) {
    const pair = await readPair(file, output)
    const full = (part.length + 1) * pair.shape[0] * pair.shape[1] > PART_PIXELS
    if (part.length > 0 && (full || pair.shape.join() !== part[0]!.shape.join())) {
      await measure(part)
      part = []
    }
    part.push(pair)
  }
  await measure(part)
  return { pairs, lpipsRecipes: [...recipes] }
}
