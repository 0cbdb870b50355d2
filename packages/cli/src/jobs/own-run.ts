import {
  type Attribution,
  type ExplanationsFile,
  encodeSafetensors,
  type MetricRow,
  type MetricsFile,
  type RunFile,
  type ScoresFile,
  type StoredAttribution,
  type StoredExplanation,
} from "@ifnormal/core"
import { machine, type RunFolder, versions } from "@ifnormal/core/node"
import { bootstrapFields, meanInterval, shareInterval } from "@ifnormal/metrics"
import type { Backend } from "../backend.js"
import { VERSION } from "../version.js"
import { ImagePool } from "./gallery.js"
import type { GeneratorSummary, OwnExplanation } from "./instant.js"
import type { Limits } from "./limits.js"
import type { DefectMask } from "./masks.js"
import type { OwnDetector } from "./own-detector.js"

/** All that a call of `explain --detector` found. */
export interface OwnRun {
  readonly own: OwnDetector
  readonly explanations: readonly OwnExplanation[]
  readonly summaries: readonly GeneratorSummary[]
  /** Names of the explained images, such as "color/00.jpg", in the order of `explanations`. */
  readonly labels: readonly string[]
  /** In the order of `explanations`; undefined for an image without. */
  readonly masks: readonly (DefectMask | undefined)[]
  readonly attributions: readonly Attribution[]
  /** phi of the normal images. */
  readonly normalScores: readonly number[]
  readonly normalFound: number
  readonly limits: Limits
  readonly concepts: number
  readonly firstSeconds: number
  readonly seed: number
  readonly backend: Backend
  /** Names of the folders or files, for headings. */
  readonly explained: string
  readonly normal: string
}

/** Writes the files of a run folder that the report shows; see core's run-files. */
export async function writeOwnRun(folder: RunFolder, run: OwnRun): Promise<void> {
  await folder.writeJson("run.json", runFile(run))
  await folder.writeJson("scores.json", scoresFile(run))
  await folder.writeJson("metrics.json", { format: 1, metrics: metricRows(run) } satisfies MetricsFile)
  const { index, tensors } = explanationsFile(run)
  await folder.write("explanations/images.safetensors", encodeSafetensors(tensors))
  await folder.writeJson("explanations/index.json", index)
}

function runFile(run: OwnRun): RunFile {
  return {
    format: 1,
    name: run.own.name,
    date: new Date().toISOString(),
    seed: run.seed,
    command: `ifnormal ${process.argv.slice(2).map(quoted).join(" ")}`,
    title: `${run.explained}, explained for ${run.own.name}`,
    normal: `as the images of ${run.normal}`,
    dataset: { name: run.explained, license: "The user's own images.", files: {} },
    backend: run.backend,
    versions: {
      ...versions(
        ["ifnormal", "@ifnormal/backend-ort", "@tensorflow/tfjs-core", "onnxruntime-node"],
        import.meta.url,
      ),
      ifnormal: VERSION,
    },
    machine: machine(),
    weights: { detector: run.own.sha256 },
    counts: { normal: run.normalFound, explained: run.explanations.length },
  }
}

const quoted = (word: string) => (/^[\w./,:=@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

function scoresFile({ explanations, summaries, normalScores, concepts }: OwnRun): ScoresFile {
  const lists = summaries.flatMap(({ generator }) =>
    Array.from({ length: concepts }, (_, concept) => ({
      name: concepts === 1 ? generator : `${generator} ${concept + 1}`,
      scores: explanations.flatMap(({ counterfactuals }) =>
        counterfactuals.filter((made) => made.generator === generator && made.concept === concept),
      ),
    })),
  )
  return {
    format: 1,
    normal: normalScores,
    anomaly: explanations.map(({ score }) => score),
    counterfactual: lists.map(({ scores }) => scores.map(({ score }) => score)),
    names: lists.map(({ name }) => name),
  }
}

/** Rows of metrics.json: what each generator reached, by its best counterfactual of each image. */
export function metricRows({
  summaries,
  firstSeconds,
  masks,
}: Pick<OwnRun, "summaries" | "firstSeconds" | "masks">): MetricRow[] {
  const rows: MetricRow[] = []
  const margin = masks.find((mask) => mask)?.radius
  const share = (name: string, hits: number, n: number): MetricRow => ({
    name,
    value: hits / n,
    n,
    unit: "fraction",
    recipe: "share of images, Wilson's interval",
    interval: shareInterval(hits, n),
    level: 0.95,
  })
  for (const { generator, n, valid, fragile, energy, seconds } of summaries) {
    if (n === 0) continue
    rows.push({ ...share(`Best counterfactual valid, ${generator}`, valid, n), ideal: 1 })
    rows.push({ ...share(`Best counterfactual fragile, ${generator}`, fragile, n), ideal: 0 })
    if (energy.length > 0)
      rows.push({
        name: `Changed energy inside the mask, ${generator}`,
        value: energy.reduce((a, b) => a + b, 0) / energy.length,
        n: energy.length,
        unit: "fraction",
        interval: meanInterval(energy),
        ...bootstrapFields(),
        ideal: 1,
        recipe: `mean over images; squared differences; mask widened by ${margin} pixels`,
      })
    rows.push({
      name: `Seconds for an image, ${generator}`,
      value: seconds.reduce((a, b) => a + b, 0) / n,
      n,
      unit: "seconds",
      recipe: "mean over images",
      interval: meanInterval(seconds),
      ...bootstrapFields(),
    })
  }
  return [...rows, { name: "First explanation after the start", value: firstSeconds, n: 1, unit: "seconds" }]
}

function explanationsFile(run: OwnRun) {
  const shape = run.own.detector.inputShape
  const [height, width] = shape
  const pool = new ImagePool(shape)
  const masks: Uint8Array[] = []
  const maps: Uint8Array[] = []
  const explanations = run.explanations.map((explanation, i): StoredExplanation => {
    const mask = run.masks[i]
    return {
      id: `anomaly-${i}`,
      role: "anomaly",
      label: run.labels[i]!,
      score: explanation.score,
      image: pool.add(explanation.image),
      counterfactuals: explanation.counterfactuals.map(({ image, inside, ...rest }) => ({
        ...rest,
        image: pool.add(image),
        ...(inside.energy !== undefined && { insideMask: inside.energy }),
      })),
      ...(run.attributions.length > 0 && {
        attributions: run.attributions.map((one) => stored(one, i, maps)),
      }),
      ...(mask && { mask: masks.push(mask.drawn) - 1 }),
    }
  })
  const margin = run.masks.find((mask) => mask)?.radius
  const index: ExplanationsFile = {
    format: 1,
    shape,
    concepts: run.concepts,
    limits: run.limits,
    explanations,
    generators: run.summaries.map(({ generator }) => generator),
    ...(margin !== undefined && { maskMargin: margin }),
  }
  const plane = (rows: readonly Uint8Array[]) => ({
    shape: [rows.length, height, width],
    dtype: "uint8" as const,
    data: new Uint8Array(Buffer.concat(rows)),
  })
  return {
    index,
    tensors: {
      images: pool.tensor(),
      ...(maps.length > 0 && { maps: plane(maps) }),
      ...(masks.length > 0 && { masks: plane(masks) }),
    },
  }
}

function stored({ kind, maps, scale }: Attribution, i: number, rows: Uint8Array[]): StoredAttribution {
  const bytes = Uint8Array.from(maps[i]!, (value) => Math.round(255 * Math.min(1, value / scale)))
  return { kind, map: rows.push(bytes) - 1, scale }
}
