import { basename, join, relative, resolve } from "node:path"
import {
  type Attribution,
  type AttributionKind,
  attributions,
  availableAttributions,
  ConfigError,
  defaultLimits,
  defaultTolerance,
  scoreImages,
} from "@ifnormal/core"
import { RunFolder } from "@ifnormal/core/node"
import * as tf from "@tensorflow/tfjs-core"
import { useBackend } from "../backend.js"
import { EXIT } from "../exit.js"
import type { InstantName } from "../instant-names.js"
import { interruptible } from "../interrupt.js"
import { imagesAtAll, readImages, resultNames } from "../jobs/images.js"
import {
  bestOf,
  explainOne,
  type GeneratorSummary,
  instantGenerators,
  type OwnExplanation,
  summarize,
} from "../jobs/instant.js"
import type { Limits } from "../jobs/limits.js"
import { findMasks, readMask } from "../jobs/masks.js"
import { calibrate, type NormalImages, openOwnDetector, readNormal } from "../jobs/own-detector.js"
import type { DetectorOptions } from "../jobs/own-options.js"
import { writeOwnRun } from "../jobs/own-run.js"
import { formatSeconds, type GlobalOptions } from "../options.js"
import { Output, percent, table } from "../output.js"
import { loadRegistry, requested } from "../plugins.js"
import { encodePng } from "../png.js"
import { startProgress } from "../progress.js"

/** Two concepts closer than this in mean are one explanation. Our choice: a pen mark is 0.01 of an image. */
const EPS_PRIME = 0.001

export interface ExplainDetectorOptions extends GlobalOptions, DetectorOptions {
  readonly normal?: string
  readonly generator?: readonly InstantName[]
  readonly concepts: number
  /** Seconds for each image. */
  readonly budget?: number
  readonly second?: string
  readonly masks?: string
  readonly attribution?: readonly (AttributionKind | "none")[]
  readonly out: string
  readonly alpha: number
  readonly tolerance?: number
  readonly resize: boolean
}

/** `ifnormal explain --detector <model> --normal <folder> <images or folders...>`: no training, no config. */
export async function explainDetector(
  paths: readonly string[],
  options: ExplainDetectorOptions,
): Promise<void> {
  const output = new Output(options)
  if (options.normal === undefined)
    throw new ConfigError({
      code: "normal-missing",
      message: "Found --detector without --normal, expected a folder of normal images with it.",
      next: "Add --normal good/: its images set what score counts as normal and how large a change may be, and are what nearest shows.",
    })
  const { root, files, skipped } = await imagesAtAll(paths, options.out)
  if (skipped > 0)
    output.note(`Skipped ${skipped} ${skipped === 1 ? "file that is" : "files that are"} no image.`)
  const backend = await useBackend(options)
  const registry = await loadRegistry(requested(options.plugin))
  const seed = options.seed ?? 1
  await interruptible(output.note.bind(output), async (signal) => {
    const own = await openOwnDetector(options, registry, output)
    const { detector } = own
    const normal = await readNormal(options.normal!, detector.inputShape, options, output)
    await calibrate(own, normal.source, seed, signal)
    const second = await openSecond(options, registry, normal, seed, signal, output)
    const limits = await limitsOf(normal, options)
    const request = { detector, registry, normal: normal.source, concepts: options.concepts, seed }
    const generators = await instantGenerators({
      ...request,
      tolerance: limits.tolerance,
      ...(options.generator && { names: options.generator }),
      ...(options.budget !== undefined && { budget: options.budget }),
    })
    const masks = options.masks === undefined ? [] : await findMasks(options.masks, files)
    const folder = await RunFolder.create(options.out)
    const names = resultNames(files, root)
    const explanations: OwnExplanation[] = []
    const drawn: (Awaited<ReturnType<typeof readMask>> | undefined)[] = []
    let firstSeconds = Number.NaN
    const progress = await startProgress({ label: "explain", total: files.length, quiet: output.quiet })
    for (const [i, file] of files.entries()) {
      if (signal.aborted) break
      const images = await readImages([file], detector.inputShape, options, output)
      const mask = masks[i] === undefined ? undefined : await readMask(masks[i], detector.inputShape)
      const one = { detector, generators, limits, alpha: options.alpha, signal, ...(second && { second }) }
      const explanation = await explainOne(file, images, mask?.dilated, one)
      images.dispose()
      if (!explanation) break
      await writePictures(folder, names[i]!, explanation)
      explanations.push(explanation)
      drawn.push(mask)
      if (explanations.length === 1) {
        firstSeconds = process.uptime()
        output.note(firstLine(explanation, firstSeconds))
      }
      progress.update(explanations.length)
    }
    progress.stop()
    if (explanations.length === 0) signal.throwIfAborted()
    const { phi } = await scoreImages(normal.source, detector, 16)
    const summaries = generators.map(({ name }) => summarize(explanations, name))
    await writeOwnRun(folder, {
      own,
      explanations,
      summaries,
      labels: files.map((file) => relative(root, resolve(file))),
      masks: drawn,
      attributions: await heatmaps(explanations, options, own.detector),
      normalScores: Array.from(phi),
      normalFound: normal.found,
      limits,
      concepts: options.concepts,
      firstSeconds,
      seed,
      backend,
      explained: paths.length === 1 ? basename(resolve(paths[0]!)) : `${explanations.length} images`,
      normal: basename(resolve(options.normal!)),
    })
    const { writeReport } = await import("@ifnormal/report")
    const report = await writeReport(options.out)
    const result = {
      out: options.out,
      report,
      detector: options.detector,
      gradients: detector.gradients,
      alpha: options.alpha,
      limits,
      firstExplanationSeconds: firstSeconds,
      stopped: signal.aborted,
      skipped,
      generators: summaries,
      images: explanations.map(({ image: _, counterfactuals, ...rest }, i) => ({
        ...rest,
        counterfactuals: counterfactuals.map(({ image: __, ...made }) => ({
          ...made,
          file: join(options.out, pngName(names[i]!, made)),
        })),
      })),
    }
    await folder.writeJson("index.json", { format: 1, ...result })
    output.result(result, describe(explanations, summaries, report))
    if (signal.aborted) process.exitCode = EXIT.interrupted
  })
}

async function openSecond(
  options: ExplainDetectorOptions,
  registry: Awaited<ReturnType<typeof loadRegistry>>,
  normal: NormalImages,
  seed: number,
  signal: AbortSignal,
  output: Output,
) {
  if (options.second === undefined) return undefined
  const { normalize, bgr, size } = options
  const choice = { detector: options.second, normalize, bgr, ...(size && { size }) }
  const second = await openOwnDetector(choice, registry, output)
  await calibrate(second, normal.source, seed, signal)
  return second.detector
}

async function limitsOf(
  { source }: NormalImages,
  { tolerance = defaultTolerance }: ExplainDetectorOptions,
): Promise<Limits> {
  const { eps } = await defaultLimits(source)
  return { tolerance, eps, epsPrime: EPS_PRIME }
}

async function heatmaps(
  explanations: readonly OwnExplanation[],
  { attribution }: ExplainDetectorOptions,
  detector: Parameters<typeof attributions>[1],
): Promise<Attribution[]> {
  const cheap = availableAttributions(detector).filter(
    (kind) => kind === "anomaly-map" || kind === "gradient",
  )
  const kinds = attribution ? attribution.filter((kind) => kind !== "none") : cheap
  if (kinds.length === 0 || explanations.length === 0) return []
  const images = tf.stack(
    explanations.map(({ image }) => tf.tensor3d(image.data, [...image.shape])),
  ) as tf.Tensor4D
  try {
    return await attributions(images, detector, kinds, { batchSize: 1 })
  } finally {
    images.dispose()
  }
}

type Named = { readonly generator: InstantName; readonly concept: number }
const pngName = (name: string, { generator, concept }: Named) => `${name}.${generator}${concept + 1}.png`

async function writePictures(
  folder: RunFolder,
  name: string,
  { counterfactuals }: OwnExplanation,
): Promise<void> {
  for (const made of counterfactuals) await folder.write(pngName(name, made), encodePng(made.image))
}

function firstLine(explanation: OwnExplanation, seconds: number): string {
  const { generator } = explanation.counterfactuals[0]!
  const best = bestOf(explanation, generator)!
  return `First explanation after ${formatSeconds(seconds)}: ${explanation.file} scores ${explanation.score.toFixed(3)}, its counterfactual ${best.score.toFixed(3)} (${generator}, ${best.status}).`
}

function describe(
  explanations: readonly OwnExplanation[],
  summaries: readonly GeneratorSummary[],
  report: string,
): string {
  const rows = explanations.flatMap(({ file, score, counterfactuals }) =>
    counterfactuals.map((made) => [
      file,
      score.toFixed(3),
      `${made.generator} ${made.concept + 1}`,
      made.score.toFixed(3),
      made.distance.toFixed(4),
      made.inside.energy === undefined ? "-" : percent(made.inside.energy),
      made.status,
      made.note ?? "",
    ]),
  )
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
  const compared = summaries.map(({ generator, n, valid, fragile, missed, other, energy, seconds }) => [
    generator,
    n,
    valid,
    fragile,
    missed,
    other,
    energy.length > 0 ? percent(mean(energy)) : "-",
    formatSeconds(mean(seconds)),
  ])
  const head = [
    "best of",
    "images",
    "valid",
    "fragile",
    "missed",
    "too far or alike",
    "change in mask",
    "per image",
  ]
  return [
    table(["image", "score", "generator", "counterfactual", "distance", "in mask", "status", "note"], rows),
    "",
    table(head, compared),
    "",
    `Report to look at: ${report}`,
  ].join("\n")
}
