import { CheckpointError } from "@ifnormal/core"
import { readBytes } from "@ifnormal/core/node"
import {
  bootstrapFields,
  type Lpips,
  type LpipsTrunk,
  loadLpips,
  meanInterval,
  type SsimRecipe,
  ssimRecipe,
} from "@ifnormal/metrics"
import { useBackend } from "../backend.js"
import { csv } from "../formats.js"
import { type Comparison, comparePairs, type PairResult } from "../jobs/compare-pairs.js"
import { pixelRecipes } from "../jobs/pair-distances.js"
import { pairsAt } from "../jobs/pairs.js"
import { weightReader } from "../jobs/weights.js"
import type { DistanceName } from "../menu/lpips.js"
import type { GlobalOptions } from "../options.js"
import { Output, table } from "../output.js"
import { startProgress } from "../progress.js"

interface LpipsOptions extends GlobalOptions {
  readonly trunk: LpipsTrunk
  readonly weights?: string
  readonly upsample?: number
  readonly ssim: SsimRecipe
  readonly metric: readonly DistanceName[]
  readonly csv: boolean
}

/** A mean over the pairs, with what is needed to quote it; of one pair, its value. */
interface MeanResult {
  readonly name: DistanceName
  readonly value: number
  readonly n: number
  readonly recipe: string
  readonly interval?: readonly [low: number, high: number]
  readonly level?: number
  readonly seed?: number
  readonly draws?: number
}

/** `ifnormal lpips <a> <b>` */
export async function lpips(a: string, b: string, options: LpipsOptions): Promise<void> {
  const output = new Output(options)
  const files = await pairsAt(a, b)
  const distance = options.metric.includes("lpips") ? await openLpips(options) : undefined
  const progress = await startProgress({
    label: "lpips",
    total: files.length,
    quiet: options.quiet || files.length === 1,
  })
  const { metric, ssim, upsample } = options
  const compared = await comparePairs(
    files,
    { metric, ssim, upsample, lpips: distance, onProgress: progress.update },
    output,
  ).finally(() => {
    progress.stop()
    distance?.dispose()
  })
  const means = metric.map((name) => meanOf(name, compared, options))
  if (options.csv) process.stdout.write(csv(["name", "width", "height", ...metric] as const, compared.pairs))
  else output.result({ a, b, pairs: compared.pairs, metrics: means }, describe(compared.pairs, means))
}

async function openLpips(options: LpipsOptions): Promise<Lpips> {
  const { trunk, weights } = options
  const file = weights === undefined ? await storedWeights(trunk) : await readBytes(weights)
  await useBackend(options)
  return await loadLpips(trunk, file)
}

/** The error about missing weights says as well how to go on without them. */
async function storedWeights(trunk: LpipsTrunk): Promise<Uint8Array> {
  try {
    return await weightReader()(`lpips-${trunk}`)
  } catch (error) {
    if (!(error instanceof CheckpointError) || error.code !== "weights-missing") throw error
    const { code, message, next } = error
    throw new CheckpointError({
      ...{ code, message, cause: error },
      next: `${next} Or name a file with --weights, or leave LPIPS out: --metric ssim,mse,l1,l2`,
    })
  }
}

function meanOf(name: DistanceName, { pairs, lpipsRecipes }: Comparison, options: LpipsOptions): MeanResult {
  const values = pairs.map((pair) => pair[name]!)
  const bootstrap = { seed: options.seed }
  return {
    name,
    value: values.reduce((sum, value) => sum + value, 0) / values.length,
    n: values.length,
    recipe: recipeOf(name, lpipsRecipes, options.ssim),
    ...(values.length > 1 && { interval: meanInterval(values, bootstrap), ...bootstrapFields(bootstrap) }),
  }
}

function recipeOf(name: DistanceName, lpipsRecipes: readonly string[], ssim: SsimRecipe): string {
  if (name === "lpips") return lpipsRecipes.join("; ")
  return name === "ssim" ? ssimRecipe({ recipe: ssim, dataRange: 255 }) : pixelRecipes[name]
}

/** Names as people write them. */
const shown: Readonly<Record<DistanceName, string>> = {
  lpips: "LPIPS",
  ssim: "SSIM",
  mse: "MSE",
  l1: "L1",
  l2: "L2",
}

function describe(pairs: readonly PairResult[], means: readonly MeanResult[]): string {
  const names = means.map(({ name }) => name)
  if (pairs.length === 1)
    return table(
      ["distance", "value", "recipe"],
      means.map(({ name, value, recipe }) => [shown[name], digits(value), recipe]),
    )
  const each = table(
    ["images", ...names.map((name) => shown[name])],
    pairs.map((pair) => [pair.name, ...names.map((name) => digits(pair[name]!))]),
  )
  const mean = table(
    ["mean", "value", "95 % interval", "n", "recipe"],
    means.map(({ name, value, n, interval, recipe }) => [
      shown[name],
      digits(value),
      `${digits(interval![0])} to ${digits(interval![1])}`,
      n,
      recipe,
    ]),
  )
  return `${each}\n\n${mean}`
}

/** Five digits behind the first that is not 0, as few as a distance needs to be told from another one. */
const digits = (value: number): string => Number(value.toPrecision(5)).toString()
