import { IfnormalError, type MetricContext } from "@ifnormal/core"
import { z } from "zod"
import type { FeatureExtractor } from "../features/extractor.js"
import { loadInception } from "../features/inception-file.js"
import { inceptionRecipes } from "../features/recipes.js"

/** Options of every metric of feature vectors. */
export const extractorOptions = {
  alpha: z.number().min(0).max(1).default(0).describe("target score"),
  concept: z.int().min(0).optional().describe("0..K-1; default: all, pooled"),
  extractor: z
    .enum(["inception", "digits"])
    .default("inception")
    .describe("digits: a classifier of MNIST that comes with the package, which does not see color"),
  recipe: z
    .enum(inceptionRecipes)
    .default("torch-fidelity")
    .describe("how Inception's input is resized and scaled; of no effect on digits"),
}

export interface ExtractorOptions {
  readonly extractor: "inception" | "digits"
  readonly recipe: (typeof inceptionRecipes)[number]
}

/**
 * The extractor that the options name, one for all metrics of an evaluation, or why there is none.
 * @throws CheckpointError for weights that are there and broken
 */
export function extractorOf(
  options: ExtractorOptions,
  context: MetricContext,
): Promise<FeatureExtractor | string> {
  const key = `@ifnormal/metrics: features, ${options.extractor}, ${options.recipe}`
  const shared = context.shared?.get(key) as Promise<FeatureExtractor | string> | undefined
  const made = shared ?? make(options, context)
  context.shared?.set(key, made)
  return made
}

async function make(
  { extractor, recipe }: ExtractorOptions,
  { weights, sessions }: MetricContext,
): Promise<FeatureExtractor | string> {
  if (extractor === "digits") return loadDigits()
  const next =
    'Run: ifnormal weights fetch inception; or use the option extractor "digits" for MNIST-like images'
  if (!weights) return `There are no weights of Inception. ${next}.`
  let file: Uint8Array
  try {
    file = await weights("inception")
  } catch (error) {
    if (!IfnormalError.isInstance(error) || error.code !== "weights-missing") throw error
    return `${error.message} ${error.next}`
  }
  return loadInception(file, { recipe, ...(sessions && { sessions }) })
}

/** This package's own file, read by its part for Node, which bundlers for browsers are not to follow. */
async function loadDigits(): Promise<FeatureExtractor | string> {
  const node = "@ifnormal/metrics/node"
  try {
    const { loadDigits }: typeof import("../node/index.js") = await import(/* @vite-ignore */ node)
    return loadDigits()
  } catch (error) {
    if (IfnormalError.isInstance(error)) throw error
    return "The digits extractor is a file, and there are no files here: pass createDigits(weights, sha256) to the metric."
  }
}
