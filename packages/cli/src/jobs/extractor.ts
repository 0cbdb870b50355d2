import { join } from "node:path"
import { ConfigError } from "@ifnormal/core"
import { readBytes } from "@ifnormal/core/node"
import {
  type CustomInput,
  type FeatureExtractor,
  type InceptionRecipe,
  loadInception,
  onnxExtractor,
  type Preprocessing,
} from "@ifnormal/metrics"
import { type CachedExtractor, cachedExtractor } from "@ifnormal/metrics/node"
import type { Output } from "../output.js"
import { sessions } from "../sessions.js"
import { cacheFolder } from "./data.js"
import type { Normalize } from "./own-options.js"
import { weightReader } from "./weights.js"

/** What commander gives for the choice of a feature extractor. */
export interface ExtractorOptions {
  readonly recipe?: InceptionRecipe
  readonly weights?: string
  readonly batch: number
  readonly cache: boolean
  readonly extractor?: string
  readonly output?: string
  readonly size?: readonly [height: number, width: number]
  readonly normalize?: Normalize
  readonly resize?: Preprocessing["resize"]
  readonly bgr: boolean
}

/**
 * Inception or the user's own network, with the cache unless it is off.
 * @throws ConfigError "extractor-options" for options that do not go together; CheckpointError "weights-missing" and what
 * `loadInception` and `onnxExtractor` throw
 */
export async function openExtractor(
  options: ExtractorOptions,
  output: Pick<Output, "note">,
): Promise<FeatureExtractor | CachedExtractor> {
  refuseMixed(options)
  const extractor = options.extractor === undefined ? await inception(options) : await own(options)
  if (!options.cache) return extractor
  return cachedExtractor(extractor, {
    folder: join(cacheFolder(), "features"),
    onProblem: (message) => output.note(message),
  })
}

async function inception({ weights, recipe, batch }: ExtractorOptions): Promise<FeatureExtractor> {
  const file = weights === undefined ? await weightReader()("inception") : await readBytes(weights)
  return loadInception(file, { batch, sessions, ...(recipe && { recipe }) })
}

async function own(options: ExtractorOptions): Promise<FeatureExtractor> {
  const { recipe, batch, output, size, resize, bgr, normalize = "none" } = options
  const input: CustomInput = recipe ? { recipe } : { ...(resize && { resize }), ...standardize(normalize) }
  return onnxExtractor(await readBytes(options.extractor!), sessions, {
    ...input,
    batch,
    bgr,
    ...(output !== undefined && { output }),
    ...(size && { size }),
  })
}

function standardize(normalize: Normalize): Pick<CustomInput, "mean" | "std"> {
  if (normalize === "none") return {}
  if ("scale" in normalize) {
    const std = 1 / normalize.scale
    return { std: [std, std, std] }
  }
  const [mean, std] = [triple(normalize.mean), triple(normalize.std)]
  return { mean, std }
}

function triple(values: readonly number[]): [number, number, number] {
  const [red, green, blue, ...rest] = values
  if (red !== undefined && green !== undefined && blue !== undefined && rest.length === 0)
    return [red, green, blue]
  throw wrong(
    `--normalize with ${values.length} channels`,
    "three, red green blue",
    "Name three means and three deviations.",
  )
}

function refuseMixed(options: ExtractorOptions): void {
  const { extractor, weights, recipe } = options
  const ofOwn = (["output", "size", "normalize", "resize"] as const).find(
    (name) => options[name] !== undefined,
  )
  if (extractor === undefined && (ofOwn || options.bgr))
    throw wrong(
      `--${ofOwn ?? "bgr"} without --extractor`,
      "it with a network of your own",
      "Inception's recipe sets it: leave it out.",
    )
  if (extractor !== undefined && weights !== undefined)
    throw wrong(
      "--extractor and --weights",
      "one of them",
      "An extractor file has its weights inside: leave --weights out.",
    )
  if (recipe && (options.normalize !== undefined || options.resize))
    throw wrong(
      `--recipe ${recipe} with --${options.resize ? "resize" : "normalize"}`,
      "one of them",
      "The recipe sets resize and scale.",
    )
}

const wrong = (found: string, expected: string, next: string) =>
  new ConfigError({ code: "extractor-options", message: `Found ${found}, expected ${expected}.`, next })
